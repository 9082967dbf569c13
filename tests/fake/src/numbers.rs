//! Numbers of new things. A later comment need not have the higher id.

/// How the ids of new comments follow each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdOrder {
    /// Each one higher than the one before.
    #[default]
    Up,
    /// Each one lower: a client that takes the lowest id for the oldest comment is wrong.
    Down,
    /// In no order, the same in every run.
    Random,
}

/// The source of new ids of one service.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// How they follow each other; may be changed at any time.
    pub order: IdOrder,
    up: u64,
    down: u64,
    random: u64,
}

impl Numbers {
    /// Ids from `start` upwards, or from far above it downwards.
    pub fn from(start: u64) -> Self {
        Self { order: IdOrder::Up, up: start, down: start + 900_000_000, random: 0x9E37_79B9_7F4A_7C15 ^ start }
    }

    /// Begins another random sequence.
    pub fn seed(&mut self, seed: u64) {
        self.random = 0x9E37_79B9_7F4A_7C15 ^ seed;
    }

    /// The next id.
    pub fn take(&mut self) -> u64 {
        match self.order {
            IdOrder::Up => {
                self.up += 1;
                self.up
            }
            IdOrder::Down => {
                self.down -= 1;
                self.down
            }
            IdOrder::Random => 1_000_000_000 + self.random() % 8_000_000_000,
        }
    }

    /// A number in no order (xorshift64*), for jitter and ids.
    pub fn random(&mut self) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        self.random.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}

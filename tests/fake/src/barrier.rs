//! Requests that wait for each other.

use super::message::Request;

/// The first requests of this kind wait for each other, so that none of them can have seen what another one did.
#[derive(Clone, Debug)]
pub struct Barrier {
    method: String,
    path_contains: String,
    opens_at: usize,
    arrived: usize,
}

impl Barrier {
    /// Stops requests of this method whose path contains this, until so many have arrived.
    pub fn new(method: &str, path_contains: &str, opens_at: usize) -> Self {
        Self { method: method.to_owned(), path_contains: path_contains.to_owned(), opens_at, arrived: 0 }
    }

    /// Whether requests pass.
    pub fn is_open(&self) -> bool {
        self.arrived >= self.opens_at
    }

    fn stops(&self, request: &Request) -> bool {
        self.method == request.method && request.path.contains(&self.path_contains)
    }
}

/// Counts a request at its barrier, and says which one it is.
pub fn arrive(barriers: &mut [Barrier], request: &Request) -> Option<usize> {
    let place = barriers.iter().position(|barrier| barrier.stops(request))?;
    barriers[place].arrived += 1;
    Some(place)
}

//! Requests that wait until others have arrived.

use super::message::Request;

/// The first requests of this kind wait for each other, so that none of them can have seen what another one did.
#[derive(Clone, Debug)]
pub struct Gate {
    method: String,
    path_contains: String,
    opens_at: usize,
    arrived: usize,
}

impl Gate {
    /// Holds requests of this method whose path holds this, until so many have arrived; later ones pass.
    pub fn new(method: &str, path_contains: &str, opens_at: usize) -> Self {
        Self { method: method.to_owned(), path_contains: path_contains.to_owned(), opens_at, arrived: 0 }
    }

    /// Whether nobody is held here any more.
    pub fn is_open(&self) -> bool {
        self.arrived >= self.opens_at
    }

    fn holds(&self, request: &Request) -> bool {
        self.method == request.method && request.path.contains(&self.path_contains)
    }
}

/// Counts a request at its gate, and says which one it is.
pub fn arrive(gates: &mut [Gate], request: &Request) -> Option<usize> {
    let place = gates.iter().position(|gate| gate.holds(request))?;
    gates[place].arrived += 1;
    Some(place)
}

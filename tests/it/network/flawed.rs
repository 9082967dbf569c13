//! Servers with invalid certificates that a trusted authority signed.

use rcgen::{BasicConstraints, IsCa, date_time_ymd};

use super::authority::{Authority, params};

impl Authority {
    /// As [`Authority::guard`], with a certificate that ended long ago.
    pub(super) fn guard_too_late(&self, origin: &str, names: &[&str]) -> u16 {
        let mut params = params(names);
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 1);
        self.guard_by(params, origin)
    }

    /// As [`Authority::guard`], with a certificate that is an authority's own.
    pub(super) fn guard_as_authority(&self, origin: &str, names: &[&str]) -> u16 {
        let mut params = params(names);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        self.guard_by(params, origin)
    }
}

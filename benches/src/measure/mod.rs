//! What measuring is made of.

pub(crate) mod affinity;
pub(crate) mod allocator;
pub(crate) mod clock;
pub(crate) mod descriptors;
pub(crate) mod footprint;
pub(crate) mod median;
pub(crate) mod side_by_side;
pub(crate) mod table;

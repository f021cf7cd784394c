//! vietqr.

//! bank-simulator.

//! tables to come

//! What people and programs do with contacts: one use case a file.

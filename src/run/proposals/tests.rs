//! Looking for proposals in the background, and keeping decisions.

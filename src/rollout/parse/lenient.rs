//! Owns reading without refusal: a value of an unexpected shape reads as nothing instead of failing the object.
//!
//! It reads the stream once and never buffers, so one wrong field costs no more than skipping it.
//! Invariant: on well-formed JSON, [`Maybe`] never returns an error of its own.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::text::Printable;

/// A field that may be absent, `null` or of a wrong type; all three read as `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Maybe<T>(pub Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Default> Maybe<T> {
    /// Returns the value, or the type's default where there is none.
    pub fn or_default(self) -> T {
        self.0.unwrap_or_default()
    }
}

/// A type that can say what it makes of each JSON shape; shapes it does not name read as nothing.
pub trait Lenient: Sized {
    /// Reads a boolean.
    fn from_bool(_value: bool) -> Option<Self> {
        None
    }

    /// Reads a whole number.
    fn from_int(_value: i64) -> Option<Self> {
        None
    }

    /// Reads a string.
    fn from_text(_value: &str) -> Option<Self> {
        None
    }

    /// Reads an array, to its end.
    ///
    /// # Errors
    /// Only those of the JSON text itself.
    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    /// Reads an object, to its end.
    ///
    /// # Errors
    /// Only those of the JSON text itself.
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl<'de, T: Lenient> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyShape(PhantomData)).map(Self)
    }
}

struct AnyShape<T>(PhantomData<T>);

impl<'de, T: Lenient> Visitor<'de> for AnyShape<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(T::from_bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(T::from_int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).ok().and_then(T::from_int))
    }

    fn visit_f64<E>(self, _value: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(T::from_text(value))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        T::from_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::from_map(map)
    }
}

impl Lenient for bool {
    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }
}

impl Lenient for i64 {
    fn from_int(value: i64) -> Option<Self> {
        Some(value)
    }
}

impl Lenient for String {
    fn from_text(value: &str) -> Option<Self> {
        Some(value.to_owned())
    }
}

impl Lenient for Arc<str> {
    fn from_text(value: &str) -> Option<Self> {
        Some(value.into())
    }
}

impl Lenient for Printable {
    fn from_text(value: &str) -> Option<Self> {
        Some(Self::from_cluster(value))
    }
}

impl Lenient for Timestamp {
    fn from_text(value: &str) -> Option<Self> {
        value.parse().ok()
    }
}

/// Elements that read as nothing are left out.
impl<T: Lenient> Lenient for Vec<T> {
    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut kept = Self::new();
        while let Some(element) = list.next_element::<Maybe<T>>()? {
            kept.extend(element.0);
        }
        Ok(Some(kept))
    }
}

/// Any object, of which only the presence matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present;

impl Lenient for Present {
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Some(Self))
    }
}

/// Lets structs whose every field is lenient be read from an object.
macro_rules! lenient_structs {
    ($($name:ty),+ $(,)?) => { $(
        impl $crate::rollout::parse::lenient::Lenient for $name {
            fn from_map<'de, A: ::serde::de::MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
                ::serde::Deserialize::deserialize(::serde::de::value::MapAccessDeserializer::new(map)).map(Some)
            }
        }
    )+ };
}
pub(crate) use lenient_structs;

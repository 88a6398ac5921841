//! What an expression comes to.
//!
//! It owns operators and members; functions stand in `call.rs`. Two kinds of error are told apart, as the real
//! language does: what its compiler would refuse (a list compared with a number) is refused even where the evaluation
//! would not get there, and what fails while it runs only where it gets there. Invariant: no expression panics.

use super::Item;
use super::call;
use super::parse::Node;

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The compiler would refuse it.
    Check(String),
    /// It fails when it runs.
    Run(String),
}

/// A value, and whether the compiler knows its type.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The value.
    pub item: Item,
    /// False for what comes out of a JSON answer or out of `default`.
    pub known: bool,
}

impl Typed {
    /// A value of a type that the compiler knows.
    pub fn known(item: Item) -> Self {
        Self { item, known: true }
    }

    /// Tells whether the compiler lets it stand where a test asks for a type.
    fn may(&self, test: impl Fn(&Item) -> bool) -> bool {
        !self.known || test(&self.item)
    }
}

/// What the names of an expression stand for.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// `result`.
    pub result: &'a Item,
    /// `#`, in a closure.
    pub pointer: Option<&'a Typed>,
}

/// Evaluates a tree.
///
/// # Errors
/// The sentence of the first fault.
pub fn run(tree: &Node, result: &Item) -> Result<Item, String> {
    match eval(tree, Scope { result, pointer: None }) {
        Ok(value) => Ok(value.item),
        Err(Fault::Check(sentence) | Fault::Run(sentence)) => Err(sentence),
    }
}

/// Evaluates one node.
///
/// # Errors
/// The first fault.
pub fn eval(node: &Node, scope: Scope<'_>) -> Result<Typed, Fault> {
    match node {
        Node::Literal(item) => Ok(Typed::known(item.clone())),
        Node::Name(name) if name == "result" => Ok(Typed::known(scope.result.clone())),
        Node::Name(name) => Err(Fault::Check(format!("unknown name {name}"))),
        Node::Pointer => match scope.pointer {
            Some(value) => Ok(value.clone()),
            None => Err(Fault::Check("cannot use pointer accessor outside closure".to_owned())),
        },
        Node::List(nodes) => {
            let items: Result<Vec<Item>, Fault> =
                nodes.iter().map(|one| Ok(eval(one, scope)?.item)).collect();
            Ok(Typed::known(Item::List(items?)))
        }
        Node::Unary(sign, inner) => unary(sign, &eval(inner, scope)?),
        Node::Binary(sign, left, right) if ["&&", "and", "||", "or"].contains(&sign.as_str()) => {
            logic(sign, &eval(left, scope)?, eval(right, scope))
        }
        Node::Binary(sign, left, right) if sign == "??" => {
            let left = eval(left, scope)?;
            if left.item == Item::Nil { eval(right, scope) } else { Ok(left) }
        }
        Node::Binary(sign, left, right) => binary(sign, &eval(left, scope)?, &eval(right, scope)?),
        Node::Member(base, key, optional) => {
            let base = eval(base, scope)?;
            if *optional && base.item == Item::Nil {
                return Ok(Typed { item: Item::Nil, known: false });
            }
            member(&base, &eval(key, scope)?)
        }
        Node::Call(name, arguments) => call::call(name, arguments, scope),
        Node::Choose(condition, then, otherwise) => {
            let (then, otherwise) = (eval(then, scope), eval(otherwise, scope));
            let refused = [&then, &otherwise].into_iter().find(|side| matches!(side, Err(Fault::Check(_))));
            if let Some(Err(fault)) = refused {
                return Err(fault.clone());
            }
            if truth(&eval(condition, scope)?.item)? { then } else { otherwise }
        }
    }
}

/// Reads a truth value at run time.
///
/// # Errors
/// Go's sentence about a value of another type.
pub fn truth(item: &Item) -> Result<bool, Fault> {
    match item {
        Item::Bool(flag) => Ok(*flag),
        other => Err(conversion(other, "bool")),
    }
}

/// The machine's fault about a value that is not of the type that was asked for.
pub fn conversion(item: &Item, wanted: &str) -> Fault {
    let name = if *item == Item::Nil { "nil" } else { item.name() };
    Fault::Run(format!("interface conversion: interface {{}} is {name}, not {wanted}"))
}

fn unary(sign: &str, value: &Typed) -> Result<Typed, Fault> {
    let refused =
        || Fault::Check(format!("invalid operation: {sign} (mismatched type {})", value.item.name()));
    if sign == "!" || sign == "not" {
        if !value.may(|item| matches!(item, Item::Bool(_))) {
            return Err(refused());
        }
        return Ok(Typed::known(Item::Bool(!truth(&value.item)?)));
    }
    let item = match (&value.item, sign) {
        (Item::Whole(number), "-") => Item::Whole(number.wrapping_neg()),
        (Item::Number(number), "-") => Item::Number(-number),
        (Item::Whole(_) | Item::Number(_), _) => value.item.clone(),
        (other, _) if !value.known => {
            return Err(Fault::Run(format!("invalid operation: {sign} {}", other.name())));
        }
        _ => return Err(refused()),
    };
    Ok(Typed { item, known: value.known })
}

fn logic(sign: &str, left: &Typed, right: Result<Typed, Fault>) -> Result<Typed, Fault> {
    let bool = |item: &Item| matches!(item, Item::Bool(_));
    match &right {
        Err(Fault::Check(_)) => return right,
        Ok(right) if !left.may(bool) || !right.may(bool) => return Err(mismatch(sign, left, right)),
        _ => {}
    }
    let stops = sign == "||" || sign == "or";
    if truth(&left.item)? == stops {
        return Ok(Typed::known(Item::Bool(stops)));
    }
    Ok(Typed::known(Item::Bool(truth(&right?.item)?)))
}

fn mismatch(sign: &str, left: &Typed, right: &Typed) -> Fault {
    let name = |value: &Typed| if value.known { value.item.name() } else { "interface {}" };
    Fault::Check(format!("invalid operation: {sign} (mismatched types {} and {})", name(left), name(right)))
}

/// The fault of an operator that does not fit its operands: the compiler's where it knows both, else the machine's.
fn unfit(sign: &str, left: &Typed, right: &Typed, test: impl Fn(&Item) -> bool) -> Fault {
    if (left.known && right.known) || !left.may(&test) || !right.may(&test) {
        return mismatch(sign, left, right);
    }
    Fault::Run(format!("invalid operation: {} {sign} {}", left.item.name(), right.item.name()))
}

fn binary(sign: &str, left: &Typed, right: &Typed) -> Result<Typed, Fault> {
    let flag = |flag: bool| Ok(Typed::known(Item::Bool(flag)));
    match sign {
        "==" | "!=" => {
            if left.known && right.known && !comparable(&left.item, &right.item) {
                return Err(mismatch(sign, left, right));
            }
            flag(equal(&left.item, &right.item) == (sign == "=="))
        }
        "<" | ">" | "<=" | ">=" => compare(sign, left, right).and_then(flag),
        "in" => within(left, right).and_then(flag),
        "contains" | "startsWith" | "endsWith" | "matches" => {
            let (Item::Text(text), Item::Text(part)) = (&left.item, &right.item) else {
                return Err(unfit(sign, left, right, |item| matches!(item, Item::Text(_))));
            };
            flag(match sign {
                "contains" => text.contains(part.as_str()),
                "startsWith" => text.starts_with(part.as_str()),
                "endsWith" => text.ends_with(part.as_str()),
                _ => crate::sim::model::pattern::matches(part, text),
            })
        }
        _ => arithmetic(sign, left, right),
    }
}

fn comparable(left: &Item, right: &Item) -> bool {
    let list = |item: &Item| matches!(item, Item::List(_) | Item::Numbers(_));
    *left == Item::Nil
        || *right == Item::Nil
        || (left.number().is_some() && right.number().is_some())
        || (list(left) && list(right))
        || std::mem::discriminant(left) == std::mem::discriminant(right)
}

/// Tells whether two values are equal, whole numbers and others alike.
pub fn equal(left: &Item, right: &Item) -> bool {
    match (left.number(), right.number()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

fn compare(sign: &str, left: &Typed, right: &Typed) -> Result<bool, Fault> {
    let order = match (&left.item, &right.item) {
        (Item::Text(left), Item::Text(right)) => left.partial_cmp(right),
        (one, other) => match (one.number(), other.number()) {
            (Some(one), Some(other)) => one.partial_cmp(&other),
            _ => {
                let orderly = |item: &Item| item.number().is_some() || matches!(item, Item::Text(_));
                return Err(unfit(sign, left, right, orderly));
            }
        },
    };
    Ok(order.is_some_and(|order| match sign {
        "<" => order.is_lt(),
        ">" => order.is_gt(),
        "<=" => order.is_le(),
        _ => order.is_ge(),
    }))
}

fn within(left: &Typed, right: &Typed) -> Result<bool, Fault> {
    match &right.item {
        Item::List(items) => Ok(items.iter().any(|item| equal(item, &left.item))),
        Item::Numbers(_) if !left.may(|item| item.number().is_some() || *item == Item::Nil) => {
            let sentence = format!("cannot use {} as type float64 in array", left.item.name());
            Err(Fault::Check(sentence))
        }
        Item::Numbers(numbers) => Ok(numbers.iter().any(|number| left.item.number() == Some(*number))),
        Item::Map(_) if !left.may(|item| matches!(item, Item::Text(_) | Item::Nil)) => {
            Err(Fault::Check(format!("cannot use {} as type string in map key", left.item.name())))
        }
        Item::Map(fields) => Ok(matches!(&left.item, Item::Text(key) if fields.contains_key(key))),
        Item::Nil => Ok(false),
        _ if right.known => Err(mismatch("in", left, right)),
        other => Err(Fault::Run(format!("operator \"in\" not defined on {}", other.name()))),
    }
}

fn arithmetic(sign: &str, left: &Typed, right: &Typed) -> Result<Typed, Fault> {
    let known = left.known && right.known;
    if let (Item::Text(one), Item::Text(other), "+") = (&left.item, &right.item, sign) {
        return Ok(Typed { item: Item::Text(format!("{one}{other}")), known });
    }
    if let (Item::Whole(one), Item::Whole(other)) = (&left.item, &right.item) {
        let whole = match sign {
            "+" => Some(one.wrapping_add(*other)),
            "-" => Some(one.wrapping_sub(*other)),
            "*" => Some(one.wrapping_mul(*other)),
            "%" if *other == 0 => return Err(Fault::Run("integer divide by zero".to_owned())),
            "%" => Some(one.wrapping_rem(*other)),
            _ => None,
        };
        if let Some(whole) = whole {
            return Ok(Typed { item: Item::Whole(whole), known });
        }
    }
    let numeric = |item: &Item| item.number().is_some() || (sign == "+" && matches!(item, Item::Text(_)));
    let (Some(one), Some(other)) = (left.item.number(), right.item.number()) else {
        return Err(unfit(sign, left, right, numeric));
    };
    let number = match sign {
        "+" => one + other,
        "-" => one - other,
        "*" => one * other,
        "/" => one / other,
        "**" | "^" => one.powf(other),
        _ => return Err(mismatch(sign, left, right)),
    };
    Ok(Typed { item: Item::Number(number), known })
}

fn member(base: &Typed, key: &Typed) -> Result<Typed, Fault> {
    let fetch = |key: &str| Fault::Run(format!("cannot fetch {key} from {}", base.item.name()));
    let position = |length: usize| {
        let Item::Whole(index) = key.item else { return None };
        let index = if index < 0 { index + i64::try_from(length).ok()? } else { index };
        usize::try_from(index).ok().filter(|index| *index < length)
    };
    let beyond = || Fault::Run("reflect: slice index out of range".to_owned());
    match (&base.item, &key.item) {
        (Item::Numbers(_) | Item::List(_), other) if !matches!(other, Item::Whole(_)) => {
            let sentence =
                format!("array elements can only be selected using an integer (got {})", other.name());
            Err(if base.known { Fault::Check(sentence) } else { Fault::Run(sentence) })
        }
        (Item::Numbers(numbers), _) => {
            let number = position(numbers.len()).and_then(|index| numbers.get(index)).ok_or_else(beyond)?;
            Ok(Typed { item: Item::Number(*number), known: base.known })
        }
        (Item::List(items), _) => {
            let item = position(items.len()).and_then(|index| items.get(index)).ok_or_else(beyond)?;
            Ok(Typed { item: item.clone(), known: false })
        }
        (Item::Map(fields), Item::Text(key)) => {
            Ok(Typed { item: fields.get(key).cloned().unwrap_or(Item::Nil), known: false })
        }
        (Item::Map(_), other) if base.known => {
            let sentence = format!("cannot use {} to get an element from {}", other.name(), base.item.name());
            Err(Fault::Check(sentence))
        }
        (other, key) if base.known => {
            Err(Fault::Check(format!("type {}[{}] is undefined", other.name(), key.name())))
        }
        (_, Item::Text(key)) => Err(fetch(key)),
        (_, other) => Err(fetch(other.name())),
    }
}

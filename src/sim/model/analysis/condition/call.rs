//! The functions of an expression.
//!
//! It owns those that Argo adds (`asInt`, `asFloat`, `isNaN`, `isInf`, `isNil`, `default`) and, of the language's own,
//! the ones that templates use: `len`, `abs`, `ceil`, `floor`, `round`, `min`, `max`, `sum`, and the closures `all`,
//! `any`, `none`, `one`, `count`, `filter`, `map`. Invariant: any other name is an error that says so.

use super::Item;
use super::eval::{Fault, Scope, Typed, conversion, eval, truth};
use super::parse::Node;

/// Calls a function.
///
/// # Errors
/// When there is no such function, or it does not take these arguments.
pub fn call(name: &str, arguments: &[Node], scope: Scope<'_>) -> Result<Typed, Fault> {
    match name {
        "all" | "any" | "none" | "one" | "count" | "filter" | "map" => closure(name, arguments, scope),
        _ => {
            let values: Result<Vec<Typed>, Fault> = arguments.iter().map(|one| eval(one, scope)).collect();
            plain(name, &values?, scope)
        }
    }
}

/// The function's arguments, if there are as many as it takes.
fn exactly<'a, const N: usize>(name: &str, values: &'a [Typed]) -> Result<&'a [Typed; N], Fault> {
    let amount = if values.len() < N { "not enough" } else { "too many" };
    values.try_into().map_err(|_| Fault::Check(format!("{amount} arguments to call {name}")))
}

fn plain(name: &str, values: &[Typed], scope: Scope<'_>) -> Result<Typed, Fault> {
    match name {
        "isNaN" | "isInf" => {
            let [value] = exactly(name, values)?;
            let number = floating(name, value)?;
            Ok(Typed::known(Item::Bool(if name == "isNaN" { number.is_nan() } else { number.is_infinite() })))
        }
        "isNil" => {
            let [_] = exactly(name, values)?;
            Ok(Typed::known(Item::Bool(*scope.result == Item::Nil)))
        }
        "default" => {
            let [_, otherwise] = exactly(name, values)?;
            let item = if *scope.result == Item::Nil { &otherwise.item } else { scope.result };
            Ok(Typed { item: item.clone(), known: false })
        }
        "asFloat" => {
            let [value] = exactly(name, values)?;
            as_float(&value.item).map(|number| Typed::known(Item::Number(number)))
        }
        "asInt" => {
            let [value] = exactly(name, values)?;
            as_int(&value.item).map(|number| Typed::known(Item::Whole(number)))
        }
        "len" => {
            let [value] = exactly(name, values)?;
            length(value)
        }
        "abs" | "ceil" | "floor" | "round" => {
            let [value] = exactly(name, values)?;
            rounded(name, value)
        }
        "min" | "max" | "sum" => folded(name, values),
        _ => Err(Fault::Check(format!("unknown name {name}"))),
    }
}

/// A parameter of Go's type float64.
fn floating(name: &str, value: &Typed) -> Result<f64, Fault> {
    if let Some(number) = value.item.number() {
        return Ok(number);
    }
    let got = value.item.name();
    if value.known && value.item != Item::Nil {
        // The space at the end is the language's own.
        return Err(Fault::Check(format!("cannot use {got} as argument (type float64) to call {name} ")));
    }
    Err(conversion(&value.item, "float64"))
}

fn as_float(item: &Item) -> Result<f64, Fault> {
    match item {
        Item::Text(text) => text
            .parse()
            .map_err(|_| Fault::Run(format!("strconv.ParseFloat: parsing {text:?}: invalid syntax"))),
        other => other.number().ok_or_else(|| unsupported("asFloat", other)),
    }
}

fn as_int(item: &Item) -> Result<i64, Fault> {
    match item {
        Item::Whole(number) => Ok(*number),
        #[expect(clippy::cast_possible_truncation, reason = "Go's int64(x) cuts as well")]
        Item::Number(number) => Ok(*number as i64),
        Item::Text(text) => text
            .parse()
            .map_err(|_| Fault::Run(format!("strconv.ParseInt: parsing {text:?}: invalid syntax"))),
        other => Err(unsupported("asInt", other)),
    }
}

fn unsupported(name: &str, item: &Item) -> Fault {
    Fault::Run(format!("{name}() not supported on {} {}", item.name(), shown(item)))
}

/// A value as Go prints it with `%v`.
fn shown(item: &Item) -> String {
    let list = |shown: Vec<String>| format!("[{}]", shown.join(" "));
    match item {
        Item::Nil => "<nil>".to_owned(),
        Item::Bool(flag) => flag.to_string(),
        Item::Whole(number) => number.to_string(),
        Item::Number(number) => number.to_string(),
        Item::Text(text) => text.clone(),
        Item::Numbers(numbers) => list(numbers.iter().map(f64::to_string).collect()),
        Item::List(items) => list(items.iter().map(shown).collect()),
        Item::Map(fields) => {
            let shown: Vec<String> =
                fields.iter().map(|(key, item)| format!("{key}:{}", shown(item))).collect();
            format!("map[{}]", shown.join(" "))
        }
    }
}

fn length(value: &Typed) -> Result<Typed, Fault> {
    let length = match &value.item {
        Item::Text(text) => text.chars().count(),
        Item::Numbers(numbers) => numbers.len(),
        Item::List(items) => items.len(),
        Item::Map(fields) => fields.len(),
        other => {
            // Go prints a nil type so.
            let name = if *other == Item::Nil && value.known { "%!s(<nil>)" } else { other.name() };
            let sentence = format!("invalid argument for len (type {name})");
            return Err(if value.known { Fault::Check(sentence) } else { Fault::Run(sentence) });
        }
    };
    Ok(Typed::known(Item::Whole(i64::try_from(length).unwrap_or(i64::MAX))))
}

fn rounded(name: &str, value: &Typed) -> Result<Typed, Fault> {
    if let (Item::Whole(number), "abs") = (&value.item, name) {
        return Ok(Typed { item: Item::Whole(number.wrapping_abs()), known: value.known });
    }
    let Some(number) = value.item.number() else {
        let sentence = format!("invalid argument for {name} (type {})", value.item.name());
        return Err(if value.known { Fault::Check(sentence) } else { Fault::Run(sentence) });
    };
    let item = Item::Number(match name {
        "abs" => number.abs(),
        "ceil" => number.ceil(),
        "floor" => number.floor(),
        _ => number.round(),
    });
    Ok(Typed { item, known: value.known })
}

fn folded(name: &str, values: &[Typed]) -> Result<Typed, Fault> {
    let listed: Vec<Item> = match values {
        [Typed { item: Item::Numbers(numbers), .. }] => numbers.iter().copied().map(Item::Number).collect(),
        [Typed { item: Item::List(items), .. }] => items.clone(),
        _ => values.iter().map(|value| value.item.clone()).collect(),
    };
    let numbers: Option<Vec<f64>> = listed.iter().map(Item::number).collect();
    let wrong = || Fault::Run(format!("invalid argument for {name}"));
    let numbers = numbers.filter(|numbers| name == "sum" || !numbers.is_empty()).ok_or_else(wrong)?;
    let start = numbers.first().copied().unwrap_or(0.0);
    let item = Item::Number(match name {
        "min" => numbers.into_iter().fold(start, f64::min),
        "max" => numbers.into_iter().fold(start, f64::max),
        _ => numbers.into_iter().sum(),
    });
    Ok(Typed { item, known: values.iter().all(|value| value.known) })
}

fn closure(name: &str, arguments: &[Node], scope: Scope<'_>) -> Result<Typed, Fault> {
    let [list, predicate] = arguments else {
        return Err(Fault::Check(format!(
            "invalid number of arguments (expected 2, got {})",
            arguments.len()
        )));
    };
    let list = eval(list, scope)?;
    let items: Vec<Typed> = match &list.item {
        Item::Numbers(numbers) => {
            numbers.iter().map(|number| Typed { item: Item::Number(*number), known: list.known }).collect()
        }
        Item::List(items) => items.iter().map(|item| Typed { item: item.clone(), known: false }).collect(),
        other => {
            return Err(if list.known {
                Fault::Check(format!("builtin {name} takes only array (got {})", other.name()))
            } else {
                Fault::Run(format!("reflect: call of reflect.Value.Len on {} Value", other.name()))
            });
        }
    };
    let within = |item| eval(predicate, Scope { result: scope.result, pointer: Some(item) });
    if name == "map" {
        let made: Result<Vec<Item>, Fault> = items.iter().map(|item| Ok(within(item)?.item)).collect();
        return Ok(Typed::known(Item::List(made?)));
    }
    let mut kept = Vec::new();
    for item in &items {
        if truth(&within(item)?.item)? {
            kept.push(item.item.clone());
        }
    }
    let item = match name {
        "all" => Item::Bool(kept.len() == items.len()),
        "any" => Item::Bool(!kept.is_empty()),
        "none" => Item::Bool(kept.is_empty()),
        "one" => Item::Bool(kept.len() == 1),
        "count" => Item::Whole(i64::try_from(kept.len()).unwrap_or(i64::MAX)),
        _ => Item::List(kept),
    };
    Ok(Typed::known(item))
}

//! Conditions come to what the real language makes of them.
//!
//! What is expected was printed by github.com/antonmedv/expr 1.15.5 with Argo's environment, for these very cases.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use serde_json::json;

use super::*;

/// A result by its short name, as providers make it.
fn result(name: &str) -> Item {
    match name {
        "f1" => Item::Numbers(vec![0.5]),
        "f0" => Item::Numbers(Vec::new()),
        "f2" => Item::Numbers(vec![0.99, 0.5]),
        "nan" => Item::Numbers(vec![f64::NAN]),
        "s" => Item::Number(0.5),
        "nil" => Item::Nil,
        "str" => Item::Text("abc".to_owned()),
        "strn" => Item::Text("42".to_owned()),
        "true" => Item::Bool(true),
        "obj" => Item::read(
            &json!({"ok": true, "rate": 0.97, "name": "x", "items": [1, 2, "a"], "in": {"deep": 3}}),
        ),
        "arr" => Item::read(&json!([1, "x"])),
        _ => panic!("no result of this name"),
    }
}

const HOLD: &[(&str, &str)] = &[
    ("f1", "result[0] >= 0.5"),
    ("f0", "len(result) == 0 || result[0] < 1"),
    ("nan", "isNaN(result[0])"),
    ("f2", "all(result, # >= 0.5)"),
    ("f2", "any(result, {# > 0.6})"),
    ("f2", "one(result, # > 0.6)"),
    ("f2", "none(result, # > 2)"),
    ("f2", "count(result, # > 0.6) == 1"),
    ("f2", "len(filter(result, # > 0.6)) == 1"),
    ("f2", "0.5 in result"),
    ("f2", "result[-1] == 0.5"),
    ("f2", "result[0] > 0.9 and not (result[1] > 0.9)"),
    ("s", "result < 0.6 ? true : false"),
    ("s", "result + 1 == 1.5"),
    ("s", "-result < 0"),
    ("s", "5 % 2 == 1"),
    ("s", "7 / 2 == 3.5"),
    ("s", "2 ** 3 == 8"),
    ("s", "asInt(result) == 0"),
    ("nil", "default(result, 0) < 0.05"),
    ("nil", "isNil(result)"),
    ("nil", "result == nil"),
    ("str", r#"result == "abc""#),
    ("str", "result == 'abc'"),
    ("strn", "asInt(result) == 42"),
    ("strn", "asFloat(result) > 41.5"),
    ("str", r#"result contains "b""#),
    ("str", r#"result startsWith "a" && result endsWith "c""#),
    ("str", r#"result matches "^a.*c$""#),
    ("str", r#"result in ["abc", "x"]"#),
    ("str", "len(result) == 3"),
    ("true", "result"),
    ("true", "result == true"),
    ("obj", "result.ok"),
    ("obj", "result.ok && result.rate >= 0.9"),
    ("obj", r#"result.name == "x""#),
    ("obj", "result.items[0] == 1"),
    ("obj", r#"result.items[2] == "a""#),
    ("obj", "result.in.deep == 3"),
    ("obj", r#"result["in"].deep == 3"#),
    ("obj", "result.missing?.deep == nil"),
    ("obj", r#""ok" in result"#),
    ("obj", "result.rate in [0.97]"),
    ("obj", "len(result.items) == 3"),
    ("obj", "all(result.items, # != 5)"),
    ("arr", "result[0] == 1"),
    ("arr", "1 in result"),
    ("f1", "max(result[0], 2) == 2"),
    ("f2", "max(1,2) == 2"),
    ("f2", "sum(result) > 1"),
    ("f2", "min(3,1) == 1"),
    ("f2", "abs(-1) == 1"),
    ("f2", "round(1.5) == 2"),
    ("f2", "map(result, # * 2)[0] > 1.9"),
    ("s", "1 < 2 == true"),
    ("f1", "result[0] <= 0.5 && isInf(result[0]) == false"),
];

const DO_NOT: &[(&str, &str)] = &[
    ("f1", "result[0] > 1"),
    ("nan", "result[0] < 1"),
    ("f1", "isNaN(5)"),
    ("f2", "all(result, {# > 0.6})"),
    ("str", r#"result not in ["abc"]"#),
    ("true", "!result"),
    ("obj", "isNaN(result.rate)"),
];

const FAULTS: &[(&str, &str, &str)] = &[
    ("f1", "result >= 0.5", "invalid operation: >= (mismatched types []float64 and float64)"),
    ("f1", "result == 0.5", "invalid operation: == (mismatched types []float64 and float64)"),
    ("f0", "result[0] < 1", "reflect: slice index out of range"),
    ("f0", "len(result) == 0 || result < 1", "invalid operation: < (mismatched types []float64 and int)"),
    ("nan", "isNaN(result)", "cannot use []float64 as argument (type float64) to call isNaN "),
    ("f1", "foo > 1", "unknown name foo"),
    ("f1", "foo(1)", "unknown name foo"),
    ("f1", "len(result)", "expected bool, but got int"),
    ("f1", "result[0]", "expected bool, but got float64"),
    ("f1", "result", "expected bool, but got []float64"),
    ("f2", r#""x" in result"#, "cannot use string as type float64 in array"),
    ("f2", "result[5] == 0.5", "reflect: slice index out of range"),
    ("s", "result[0] > 1", "type float64[int] is undefined"),
    ("s", "result.x > 1", "type float64[string] is undefined"),
    ("s", r#"result == "0.5""#, "invalid operation: == (mismatched types float64 and string)"),
    ("s", "!result", "invalid operation: ! (mismatched type float64)"),
    ("s", "result % 2 == 0", "invalid operation: % (mismatched types float64 and int)"),
    ("s", r#"result > "a""#, "invalid operation: > (mismatched types float64 and string)"),
    ("s", "result && true", "invalid operation: && (mismatched types float64 and bool)"),
    ("s", "len(result) > 0", "invalid argument for len (type float64)"),
    ("s", "all(result, # > 1)", "builtin all takes only array (got float64)"),
    ("s", "result >", "unexpected token EOF"),
    ("s", "result > 1)", r#"unexpected token Bracket(")")"#),
    ("s", "result $ 1", r#"unexpected token Identifier("$")"#),
    ("s", r#""abc"#, "literal not terminated"),
    ("s", "", "unexpected token EOF"),
    ("s", "default(result) > 1", "not enough arguments to call default"),
    ("s", "isNaN()", "not enough arguments to call isNaN"),
    ("s", "isNaN(1, 2)", "too many arguments to call isNaN"),
    ("nil", "result < 0.05", "invalid operation: < (mismatched types <nil> and float64)"),
    ("nil", "asFloat(result) > 1", "asFloat() not supported on <nil> <nil>"),
    ("nil", "result[0] > 1", "type <nil>[int] is undefined"),
    ("nil", "isNaN(result)", "interface conversion: interface {} is nil, not float64"),
    ("nil", "len(result) > 0", "invalid argument for len (type %!s(<nil>))"),
    ("nil", "!result", "invalid operation: ! (mismatched type <nil>)"),
    ("str", "asFloat(result) > 1", r#"strconv.ParseFloat: parsing "abc": invalid syntax"#),
    ("str", "asInt(result) > 1", r#"strconv.ParseInt: parsing "abc": invalid syntax"#),
    ("str", "result > 1", "invalid operation: > (mismatched types string and int)"),
    ("f1", "asFloat(result) > 1", "asFloat() not supported on []float64 [0.5]"),
    ("f1", "asInt(result) > 1", "asInt() not supported on []float64 [0.5]"),
    ("true", r#"result == "true""#, "invalid operation: == (mismatched types bool and string)"),
    ("obj", "result.missing > 1", "invalid operation: <nil> > int"),
    ("obj", "result.name > 1", "invalid operation: string > int"),
    ("obj", "!result.name", "interface conversion: interface {} is string, not bool"),
    ("obj", "result.items[9] == 1", "reflect: slice index out of range"),
    ("obj", "result.missing.deep == 3", "cannot fetch deep from <nil>"),
    ("obj", "result > 1", "invalid operation: > (mismatched types map[string]interface {} and int)"),
    ("obj", "1 in result", "cannot use int as type string in map key"),
    ("obj", r#"result.rate + "x" == 1"#, "invalid operation: float64 + string"),
    ("obj", "result.ok ? 1 : 2", "expected bool, but got int"),
    ("obj", "len(result.rate) == 3", "invalid argument for len (type float64)"),
    ("obj", "isNaN(result.name)", "interface conversion: interface {} is string, not float64"),
    ("obj", "result.name - 1 == 0", "invalid operation: string - int"),
    ("obj", "all(result.rate, # != 5)", "reflect: call of reflect.Value.Len on float64 Value"),
    ("obj", "result.missing", "expected bool, but got <nil>"),
    ("obj", "-result.name == 1", "invalid operation: - string"),
    ("arr", "result[1] > 3", "invalid operation: string > int"),
    ("arr", r#"result["x"] == 1"#, "array elements can only be selected using an integer (got string)"),
    ("f1", r#"result["x"] == 1"#, "array elements can only be selected using an integer (got string)"),
    ("f1", "#", "cannot use pointer accessor outside closure"),
    ("f2", "result[0] > 0.9 && result", "invalid operation: && (mismatched types bool and []float64)"),
    ("f2", "false && result > 1", "invalid operation: > (mismatched types []float64 and int)"),
    ("s", "true ? false : result + true", "invalid operation: + (mismatched types float64 and bool)"),
    ("s", "not result == 1", "invalid operation: not (mismatched type float64)"),
    ("s", "result == 0.5 || foo", "unknown name foo"),
];

#[test]
fn what_holds_there_holds_here() {
    for (name, condition) in HOLD {
        assert_eq!(holds(&result(name), condition), Ok(true), "{name}: {condition}");
    }
}

#[test]
fn what_does_not_hold_there_does_not_hold_here() {
    for (name, condition) in DO_NOT {
        assert_eq!(holds(&result(name), condition), Ok(false), "{name}: {condition}");
    }
}

#[test]
fn what_is_wrong_there_is_wrong_here_in_the_same_words() {
    let mut different = Vec::new();
    for (name, condition, sentence) in FAULTS {
        let here = holds(&result(name), condition);
        if here != Err((*sentence).to_owned()) {
            different.push(format!("{name}: {condition}\n  there: {sentence}\n  here: {here:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn what_is_beyond_this_reader_is_an_error_and_never_an_answer() {
    for condition in
        ["let x = 1; x == 1", "upper(result) == \"ABC\"", "result | abs() > 0", "{\"a\": 1}.a == 1"]
    {
        assert!(holds(&result("str"), condition).is_err(), "{condition}");
    }
}

#[test]
fn deep_nesting_is_refused() {
    let condition = format!("{}true{}", "(".repeat(1000), ")".repeat(1000));
    assert!(holds(&Item::Nil, &condition).is_err());
}

#[test]
fn two_conditions_make_four_verdicts() {
    let judged = |success, failure| judge(&Item::Numbers(vec![0.5]), success, failure).unwrap();
    assert_eq!(judged("", ""), Phase::Successful);
    assert_eq!(judged("result[0] > 0.4", ""), Phase::Successful);
    assert_eq!(judged("result[0] > 0.6", ""), Phase::Failed);
    assert_eq!(judged("", "result[0] > 0.6"), Phase::Successful);
    assert_eq!(judged("", "result[0] > 0.4"), Phase::Failed);
    assert_eq!(judged("result[0] > 0.9", "result[0] < 0.4"), Phase::Inconclusive);
    assert_eq!(judged("result[0] > 0.4", "result[0] > 0.4"), Phase::Failed);
}

//! The tree of an expression.
//!
//! It owns which operator binds tighter (expr: parser/parser.go). It never evaluates. Invariant: a tree exists only for
//! a text that was read to its end, and is no deeper than `DEPTH`.

use super::Item;
use super::token::{Token, split};

/// Deepest nesting that is read.
const DEPTH: usize = 64;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A value that stands there.
    Literal(Item),
    /// A name out of the environment.
    Name(String),
    /// `#`, what a closure looks at.
    Pointer,
    /// A list that stands there.
    List(Vec<Node>),
    /// An operator before its operand.
    Unary(String, Box<Node>),
    /// An operator between its operands.
    Binary(String, Box<Node>, Box<Node>),
    /// An element or a field; true where the base may be nil.
    Member(Box<Node>, Box<Node>, bool),
    /// A function and its arguments, closures unwrapped.
    Call(String, Vec<Node>),
    /// Condition, then, else.
    Choose(Box<Node>, Box<Node>, Box<Node>),
}

/// Reads an expression.
///
/// # Errors
/// Names the word that was not expected.
pub fn tree(text: &str) -> Result<Node, String> {
    let tokens = split(text)?;
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let node = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(node),
        other => Err(format!("unexpected token {other}")),
    }
}

/// How tight an operator between two operands binds.
fn strength(sign: &str) -> Option<u32> {
    Some(match sign {
        "or" | "||" => 10,
        "and" | "&&" => 15,
        "==" | "!=" | "<" | ">" | "<=" | ">=" | "in" | "matches" | "contains" | "startsWith" | "endsWith" => {
            20
        }
        "+" | "-" => 30,
        "*" | "/" | "%" => 60,
        "**" | "^" => 100,
        "??" => 500,
        _ => return None,
    })
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Token {
        self.tokens.get(self.at).cloned().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn takes(&mut self, token: &Token) -> bool {
        let found = self.peek() == *token;
        self.at += usize::from(found);
        found
    }

    fn operator(&mut self, sign: &str) -> bool {
        self.takes(&Token::Operator(sign.to_owned()))
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        if self.takes(token) { Ok(()) } else { Err(format!("unexpected token {}", self.peek())) }
    }

    fn expression(&mut self, least: u32) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("the condition is nested too deeply".to_owned());
        }
        let mut left = self.primary()?;
        while let Token::Operator(sign) = self.peek() {
            let negated = sign == "not";
            let sign = match (negated, self.tokens.get(self.at + 1)) {
                (true, Some(Token::Operator(next))) => next.clone(),
                _ => sign,
            };
            let Some(strength) = strength(&sign).filter(|strength| *strength >= least) else { break };
            self.at += 1 + usize::from(negated);
            let right = self.expression(if sign == "**" || sign == "^" { strength } else { strength + 1 })?;
            left = Node::Binary(sign, Box::new(left), Box::new(right));
            if negated {
                left = Node::Unary("not".to_owned(), Box::new(left));
            }
        }
        if least == 0 && self.operator("?") {
            let then = self.expression(0)?;
            self.expect(&Token::Operator(":".to_owned()))?;
            let otherwise = self.expression(0)?;
            left = Node::Choose(Box::new(left), Box::new(then), Box::new(otherwise));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn primary(&mut self) -> Result<Node, String> {
        let node = match self.next() {
            Token::Operator(sign) if ["!", "not", "-", "+"].contains(&sign.as_str()) => {
                let strength = if sign == "!" || sign == "not" { 50 } else { 90 };
                return Ok(Node::Unary(sign, Box::new(self.expression(strength)?)));
            }
            Token::Operator(sign) if sign == "#" => Node::Pointer,
            Token::Operator(sign) if sign == "." => {
                // `.field` in a closure looks at the field of `#`.
                self.at -= 1;
                Node::Pointer
            }
            Token::Whole(number) => return Ok(Node::Literal(Item::Whole(number))),
            Token::Number(number) => return Ok(Node::Literal(Item::Number(number))),
            Token::Text(text) => Node::Literal(Item::Text(text)),
            Token::Bracket('(') => {
                let node = self.expression(0)?;
                self.expect(&Token::Bracket(')'))?;
                node
            }
            Token::Bracket('[') => Node::List(self.arguments(']')?),
            Token::Name(name) => match name.as_str() {
                "true" => Node::Literal(Item::Bool(true)),
                "false" => Node::Literal(Item::Bool(false)),
                "nil" => Node::Literal(Item::Nil),
                _ if self.takes(&Token::Bracket('(')) => Node::Call(name, self.arguments(')')?),
                _ => Node::Name(name),
            },
            other => return Err(format!("unexpected token {other}")),
        };
        self.members(node)
    }

    fn members(&mut self, mut node: Node) -> Result<Node, String> {
        loop {
            let optional = self.operator("?.");
            if optional || self.operator(".") {
                let field = match self.next() {
                    Token::Name(name) | Token::Operator(name) if name.starts_with(char::is_alphabetic) => {
                        name
                    }
                    other => return Err(format!("unexpected token {other}")),
                };
                let key = Node::Literal(Item::Text(field));
                node = Node::Member(Box::new(node), Box::new(key), optional);
            } else if self.takes(&Token::Bracket('[')) {
                let key = self.expression(0)?;
                self.expect(&Token::Bracket(']'))?;
                node = Node::Member(Box::new(node), Box::new(key), false);
            } else {
                return Ok(node);
            }
        }
    }

    fn arguments(&mut self, end: char) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        while !self.takes(&Token::Bracket(end)) {
            if !nodes.is_empty() {
                self.expect(&Token::Operator(",".to_owned()))?;
            }
            if end == ')' && self.takes(&Token::Bracket('{')) {
                nodes.push(self.expression(0)?);
                self.expect(&Token::Bracket('}'))?;
            } else {
                nodes.push(self.expression(0)?);
            }
        }
        Ok(nodes)
    }
}

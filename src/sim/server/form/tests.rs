use super::*;

fn negotiated(accept: &str) -> Result<Form, u16> {
    Form::negotiate(Some(accept), &Query::default()).map_err(|refusal| refusal.code)
}

#[test]
fn the_first_form_that_is_had_is_taken() {
    let table = Form::Table("v1", Include::Metadata);
    for (accept, expected) in [
        ("application/json", Ok(Form::Whole)),
        ("*/*", Ok(Form::Whole)),
        ("", Ok(Form::Whole)),
        ("application/vnd.kubernetes.protobuf,application/json", Ok(Form::Whole)),
        ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", Ok(table)),
        (
            "application/json; as=Table; g=meta.k8s.io; v=v1beta1",
            Ok(Form::Table("v1beta1", Include::Metadata)),
        ),
        ("application/json;as=Table;v=v2;g=meta.k8s.io,application/json", Ok(Form::Whole)),
        ("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", Ok(Form::Metadata("v1"))),
        ("application/json;as=Scroll;g=meta.k8s.io;v=v1", Err(406)),
        ("text/html", Err(406)),
    ] {
        assert_eq!(negotiated(accept), expected, "{accept}");
    }
    assert_eq!(Form::negotiate(None, &Query::default()), Ok(Form::Whole));
}

#[test]
fn what_comes_with_a_row_is_asked_for_by_name() {
    let accept = Some("application/json;as=Table;v=v1;g=meta.k8s.io");
    let include = |text: &str| Form::negotiate(accept, &Query::parse(&format!("includeObject={text}")));
    assert_eq!(include("None"), Ok(Form::Table("v1", Include::Nothing)));
    assert_eq!(include("Object"), Ok(Form::Table("v1", Include::Object)));
    assert_eq!(include("Half").unwrap_err().code, 400);
}

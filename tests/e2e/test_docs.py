"""docs/measures.md names everything that a result can hold."""
import glob
import json
import os
import re
import unittest

from harness import ROOT


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def names(node):
    """Every property's name and every value of an enumeration."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "properties":
                yield from value
            if key == "enum":
                yield from (v for v in value if isinstance(v, str))
            yield from names(value)
    elif isinstance(node, list):
        for value in node:
            yield from names(value)


class Docs(unittest.TestCase):
    def setUp(self):
        self.text = read("docs", "measures.md")
        self.named = set(re.findall(r"`([^`\s]+)`", self.text))

    def test_every_field_is_defined(self):
        fields = set(names(json.loads(read("schema", "result.schema.json"))))
        self.assertGreater(len(fields), 150)
        parted = set(re.findall(r"[\w/#.]+", " ".join(self.named) + " " + " ".join(
            line[2:].strip() for line in self.text.splitlines() if line.startswith("## "))))
        # relations between tempi and the modes are explained, not listed
        missing = {f for f in fields if f not in parted and not re.fullmatch(r"[\d/]+|major|minor",
                                                                             f)}
        self.assertEqual(sorted(missing), [])

    def test_every_code_is_listed_and_no_other(self):
        pattern = r'"((?:loudness|dynamics|tonal|stereo|technical|key|tempo|structure)\.[a-z_]+)"'
        codes = set()
        for path in glob.glob(os.path.join(ROOT, "verdict", "rules_*.c")):
            codes.update(re.findall(pattern, read(path)))
        self.assertGreater(len(codes), 30)
        section = self.text.split("\n## feedback\n")[1]
        listed = {n for n in re.findall(r"`([a-z]+\.[a-z_]+)`", section)}
        self.assertEqual(sorted(codes), sorted(listed))

    def test_praise_is_the_same_everywhere(self):
        """What the comparison with an earlier version must not call resolved or new."""
        row = next(line for line in self.text.splitlines() if "| praise:" in line)
        words = read("report", "labels.c").split("praise[] = {")[1].split("}")[0]
        self.assertEqual(sorted(re.findall(r"`([a-z]+\.[a-z_]+)`", row)),
                         sorted(re.findall(r'"([a-z.]+_?[a-z_]*)"', words)))


if __name__ == "__main__":
    unittest.main()

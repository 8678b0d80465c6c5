"""What counts as right, of a tempo and of a key, and shares of right answers in groups."""
import math

KEYS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
ALIASES = {"C#": "Db", "D#": "Eb", "E#": "F", "Fb": "E", "Gb": "F#", "G#": "Ab", "A#": "Bb",
           "B#": "C", "Cb": "B"}
RATIOS = (1, 2, 3, 1 / 2, 1 / 3)
LEVEL = 0.04  # Accuracy1 and 2: within this of the tempo
FINE_BPM, EXACT_BPM = 0.05, 0.01


def parse_key(name):
    tonic, mode = name.replace("\u266f", "#").replace("\u266d", "b").split()
    return KEYS.index(ALIASES.get(tonic, tonic)), mode.lower()


def key_score(estimate, truth):
    """As in MIREX: a fifth either way 0.5, relative 0.3, parallel 0.2; no key given 0."""
    if not estimate:
        return 0.0
    (e, em), (t, tm) = parse_key(estimate), parse_key(truth)
    if (e, em) == (t, tm):
        return 1.0
    if em == tm:
        return 0.5 if (e - t) % 12 in (5, 7) else 0.0
    relative = (t - e) % 12 == 3 if tm == "major" else (e - t) % 12 == 3
    return 0.3 if relative else 0.2 if e == t else 0.0


def at_ratios(bpm, truth):
    """Whether it is right at each of RATIOS: the first is Accuracy1, any is Accuracy2."""
    return [bpm is not None and abs(bpm - truth * r) <= LEVEL * truth * r for r in RATIOS]


def wilson(hits, n, z=1.96):
    """Wilson's interval of a share."""
    p, zz = hits / n, z * z / n
    middle, half = p + zz / 2, z * math.sqrt(p * (1 - p) / n + zz / (4 * n))
    return max(0.0, (middle - half) / (1 + zz)), min(1.0, (middle + half) / (1 + zz))


class Shares:
    """Hits out of how many, by group (a line) and column. A group whose name begins with a space is
    part of another one: it is not summed."""

    def __init__(self):
        self.lines = {}

    def count(self, groups, column, hit):
        for group in groups:
            cell = self.lines.setdefault(group, {}).setdefault(column, [0.0, 0])
            cell[0] += hit
            cell[1] += 1

    def of(self, column, *groups):
        """(hits, n) of the groups together; without any, of all."""
        cells = [line[column] for group, line in self.lines.items() if column in line and
                 (group in groups if groups else not group.startswith(" "))]
        return sum(c[0] for c in cells), sum(c[1] for c in cells)

    def show(self, title, columns, across=False):
        """A table of the columns that hold anything, and the sum as its last line.
        @param across  the groups stand beside each other, a line for each column"""
        columns = [c for c in columns if self.of(c)[1]]
        if not columns:
            return
        table = [[title, *columns]]
        for name in [*self.lines, None]:
            cells = [self.of(c, *([name] if name is not None else [])) for c in columns]
            if any(n for _, n in cells):
                table.append(["all" if name is None else name,
                              *(f"{100 * hits / n:.1f} /{n}" if n else "-" for hits, n in cells)])
        if across:
            table = list(zip(*table))
        width = max(len(line[0]) for line in table) + 2
        for line in table:
            print(f"{line[0]:{width}}" + "".join(f"{cell:>11}" for cell in line[1:]))
        print()


class Calibration:
    """Confidence against the share of right answers, in ten bins."""

    def __init__(self):
        self.bins = [[0, 0, 0.0] for _ in range(10)]

    def count(self, confidence, right):
        entry = self.bins[min(int(confidence * 10), 9)]
        entry[0] += 1
        entry[1] += right
        entry[2] += confidence

    def show(self, what, every_bin):
        n = sum(b[0] for b in self.bins)
        if n == 0:
            return
        error = sum(abs(b[2] - b[1]) for b in self.bins) / n
        print(f"{what} confidence: calibration error {error:.3f} over {n}")
        for i, (count, right, total) in enumerate(self.bins if every_bin else []):
            if count:
                print(f"  {i / 10:.1f}-{(i + 1) / 10:.1f} {count:5} items: confidence "
                      f"{total / count:.2f}, right {right / count:.2f}")

"""make-track, as the benchmarks call it."""
import os
import subprocess


def call(build, *words):
    return subprocess.run([os.path.join(build, "bench", "make-track"), *map(str, words)],
                          check=True, capture_output=True, text=True).stdout


def listed(build, head):
    """The names under a head of its help: "Kinds", "Genres", "Twists"."""
    block = call(build, "--help").partition(f"\n{head}")[2].partition("\n\n")[0]
    return [line.split()[0] for line in block.splitlines()[1:] if line.startswith("  ")]


def render(build, path, *words):
    """Renders what the words ask for; the file appears when it is complete.
    @return the truth, as JSON text"""
    truth = call(build, *words, path + ".part.wav")
    os.replace(path + ".part.wav", path)
    return truth

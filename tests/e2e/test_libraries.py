"""Which shared libraries a command loads: what it does not need must not cost it its start."""
import os
import re
import unittest

from harness import BUILD, MIXGAUGE, Case, ServiceCase, Tracks, run

CLIENTS = ("libpq.", "libsqlite3.", "libhiredis.")
# what libpq brings: TLS, Kerberos, LDAP
OF_LIBPQ = ("libssl.", "libcrypto.", "libkrb5.", "libldap")
# what Debian's shared libaubio would bring
OF_AUBIO = ("libavcodec.", "libavformat.", "libsamplerate.")


def loaded(text):
    """Names of the libraries that the dynamic loader says it initialised."""
    return {os.path.basename(path) for path in re.findall(r"calling init: (\S+)", text)}


def among(names, prefixes):
    return sorted(name for name in names if name.startswith(prefixes))


class Libraries(Case):
    def libraries_of(self, *args):
        self.env["LD_DEBUG"] = "files"
        done = self.mixgauge(*args)
        self.assertEqual(done.returncode, 0, done.stderr[-500:])
        names = loaded(done.stderr)
        self.assertTrue(among(names, ("libjansson.",)), "the loader's report was not understood")
        return names

    def break_library(self, soname):
        """A file of that name that is no library stands first in the loader's way."""
        folder = os.path.join(self.dir, "broken")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, soname), "w", encoding="ascii") as out:
            out.write("not a library\n")
        self.env["LD_LIBRARY_PATH"] = folder

    def test_analyze_loads_no_client_of_a_server(self):
        path, _ = Tracks.get("drum-loop", "wav")
        names = self.libraries_of("analyze", "--json", path)
        self.assertEqual(among(names, CLIENTS + OF_LIBPQ), [])

    def test_a_ledger_in_a_file_needs_sqlite_alone(self):
        names = self.libraries_of("migrate")
        self.assertTrue(among(names, ("libsqlite3.",)))
        self.assertEqual(among(names, ("libpq.", "libhiredis.") + OF_LIBPQ), [])

    def test_the_analyser_links_what_measuring_needs(self):
        analyser = os.path.join(BUILD, "mixgauge-analyser")
        done = run(analyser, env={"LD_TRACE_LOADED_OBJECTS": "1"})
        names = [line.split()[0] for line in done.stdout.splitlines() if line.strip()]
        self.assertTrue(among(names, ("libmpg123.",)), done.stdout)
        self.assertEqual(among(names, CLIENTS + OF_LIBPQ + OF_AUBIO), [])

    def test_a_missing_client_is_one_sentence(self):
        self.break_library("libpq.so.5")
        path, _ = Tracks.get("drum-loop", "wav")
        self.ok("analyze", path)
        self.ok("migrate")
        self.assertRegex(self.ok("version"), r"libpq +not installed")
        self.env["MIXGAUGE_STORE_URL"] = "postgres://nobody@127.0.0.1:1/none"
        done = self.mixgauge("list")
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assert_one_sentence(done.stderr)
        self.assertIn("libpq.so.5 is needed for a Postgres ledger", done.stderr)

    def test_a_missing_sqlite_is_one_sentence(self):
        self.break_library("libsqlite3.so.0")
        done = self.mixgauge("migrate")
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assert_one_sentence(done.stderr)
        self.assertIn("libsqlite3.so.0 is needed", done.stderr)


class LibrariesOfAService(ServiceCase):
    def test_a_ledger_in_postgres_loads_libpq(self):
        self.ok("migrate")
        self.env["LD_DEBUG"] = "files"
        done = run(MIXGAUGE, "list", env=self.env)
        self.assertEqual(done.returncode, 0, done.stderr[-500:])
        self.assertTrue(among(loaded(done.stderr), ("libpq.",)))


if __name__ == "__main__":
    unittest.main()

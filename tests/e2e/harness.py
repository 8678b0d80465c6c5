"""What every end-to-end test needs: the built program, generated tracks, private ledgers.

The program is called as a user calls it; nothing of its code is imported. Redis is spoken to with
redis-cli and Postgres with psql, so that no helper of ours can hide a fault of ours.
"""
import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import uuid

BUILD = os.environ["MG_BUILD"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MIXGAUGE = os.path.join(BUILD, "mixgauge")
MAKE_TRACK = os.path.join(BUILD, "bench", "make-track")
REDIS_SOCKET = os.environ.get("MG_TEST_REDIS_SOCKET", "")
POSTGRES_URL = os.environ.get("MG_TEST_POSTGRES_URL", "")


def run(*args, env=None, timeout=120, **kwargs):
    """Runs a command; returns the CompletedProcess with text output."""
    return subprocess.run([str(a) for a in args], env=env, timeout=timeout, text=True,
                          capture_output=True, **kwargs)


def wait_until(condition, timeout_s=60, step_s=0.1):
    """Polls until condition() is true; the last value."""
    end = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(step_s)


def new_folder(prefix):
    """A private temporary folder, named in digits: tests look for words in texts that name it."""
    for number in itertools.count():
        path = os.path.join(tempfile.gettempdir(), f"{prefix}.{os.getpid()}.{number}")
        try:
            os.mkdir(path, 0o700)
            return path
        except FileExistsError:
            pass


class Tracks:
    """Generated tracks, rendered once a run and shared by all tests (read only)."""
    folder = None
    made = {}

    @classmethod
    def get(cls, kind, form="wav", seconds=12, **options):
        if cls.folder is None:
            cls.folder = new_folder("mg-tracks")
        name = "-".join([kind, str(seconds)] + [f"{k}_{v}" for k, v in sorted(options.items())])
        name = name.replace(" ", "_").replace("#", "s")
        wav = os.path.join(cls.folder, name + ".wav")
        if wav not in cls.made:
            flags = [f for k, v in options.items() for f in ("--" + k.replace("_", "-"), v)]
            done = run(MAKE_TRACK, kind, "--seconds", seconds, *flags, wav)
            assert done.returncode == 0, done.stderr
            cls.made[wav] = json.loads(done.stdout)
        path = wav
        # 320 kbit/s: at lower rates LAME's low-pass takes 0.3 LU, which is not our reading
        if form == "mp3":
            path = wav[:-3] + "mp3"
            if not os.path.exists(path):
                subprocess.run(["lame", "--quiet", "-b", "320", wav, path], check=True)
        return path, cls.made[wav]

    @classmethod
    def clean(cls):
        if cls.folder:
            shutil.rmtree(cls.folder, ignore_errors=True)


class Case(unittest.TestCase):
    """A test with a temporary folder and an environment of its own; kills what it started."""
    maxDiff = None

    def setUp(self):
        self.dir = new_folder("mg")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("MIXGAUGE_", "MG_"))}
        self.env.update(MIXGAUGE_DATA_DIR=os.path.join(self.dir, "data"), HOME=self.dir)
        self.env.pop("XDG_CONFIG_HOME", None)
        self.env.pop("XDG_DATA_HOME", None)
        self.started = []

    def tearDown(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def mixgauge(self, *args, timeout=120, **kwargs):
        return run(MIXGAUGE, *args, env=self.env, timeout=timeout, **kwargs)

    def ok(self, *args, **kwargs):
        done = self.mixgauge(*args, **kwargs)
        self.assertEqual(done.returncode, 0, f"{args}: {done.stderr}")
        return done.stdout

    def start(self, *args, log=None, program=MIXGAUGE):
        """Starts a worker (or any command) in the background; stderr goes to a file."""
        path = os.path.join(self.dir, log or f"log-{len(self.started)}")
        with open(path, "w", encoding="utf-8") as err:
            process = subprocess.Popen([program, *map(str, args)], env=self.env, stderr=err,
                                       stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        process.log_path = path
        self.started.append(process)
        return process

    def log_of(self, process):
        with open(process.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def stop(self, process, timeout=40):
        process.send_signal(signal.SIGTERM)
        return process.wait(timeout=timeout)

    def jobs_by_state(self):
        counts = {}
        for line in self.ok("list", "--json", "--limit", "10000").splitlines():
            job = json.loads(line)
            counts[job["state"]] = counts.get(job["state"], 0) + 1
        return counts

    def assert_one_sentence(self, text):
        """Errors are one line that a person understands, without a wall of help."""
        lines = [line for line in text.strip().splitlines() if line.strip()]
        self.assertEqual(len(lines), 1, text)
        self.assertTrue(lines[0].startswith("mixgauge"), text)
        self.assertLess(len(lines[0]), 400)


class ServiceCase(Case):
    """A case with the real Redis and PostgreSQL: a database and a key prefix of its own."""

    def setUp(self):
        super().setUp()
        self.assertTrue(REDIS_SOCKET and POSTGRES_URL, "the servers of scripts/test are not running")
        self.database = "mg_" + uuid.uuid4().hex[:12]
        self.prefix = "t" + uuid.uuid4().hex[:8]
        self.psql_server(f"CREATE DATABASE {self.database}")
        url = POSTGRES_URL.replace("/postgres?", f"/{self.database}?")
        self.audio = os.path.join(self.dir, "audio")
        os.mkdir(self.audio)
        self.env.update(MIXGAUGE_STORE_URL=url, MIXGAUGE_QUEUE_URL=f"unix://{REDIS_SOCKET}",
                        MIXGAUGE_QUEUE_PREFIX=self.prefix, MIXGAUGE_AUDIO_URL=f"file:{self.audio}")
        self.url = url
        self.ok("migrate")

    def tearDown(self):
        super().tearDown()
        keys = self.redis("KEYS", self.prefix + ":*").split()
        if keys:
            self.redis("DEL", *keys)
        self.psql_server(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")

    def psql_server(self, sql):
        return self._psql(POSTGRES_URL, sql)

    def psql(self, sql):
        """Rows as text, columns parted by '|'."""
        return self._psql(self.url, sql)

    @staticmethod
    def _psql(url, sql):
        done = run("psql", url, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @staticmethod
    def redis(*args):
        done = run("redis-cli", "-s", REDIS_SOCKET, *args)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout.strip()

    def upload(self, user, path):
        """Puts a file where a frontend would; returns its key."""
        key = f"{user}/{uuid.uuid4()}{os.path.splitext(path)[1]}"
        target = os.path.join(self.audio, key)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(path, target + ".part")
        os.rename(target + ".part", target)
        return key

    def announce(self, user, key, priority="normal", job_id=None, **fields):
        """A plain XADD; returns the job id."""
        job_id = job_id or str(uuid.uuid4())
        values = {"v": "1", "job_id": job_id, "user_id": user, "audio_key": key, **fields}
        flat = [str(x) for pair in values.items() for x in pair]
        self.redis("XADD", f"{self.prefix}:jobs:{priority}", "*", *flat)
        return job_id

    def streams_are_empty(self):
        for priority in ("high", "normal", "low"):
            stream = f"{self.prefix}:jobs:{priority}"
            if int(self.redis("XLEN", stream) or 0):
                return False
            if self.redis("EXISTS", stream) == "1":
                if int(self.redis("XPENDING", stream, "mixgauge").split()[0]):
                    return False
        return True

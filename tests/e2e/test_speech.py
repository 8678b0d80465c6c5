"""Speech is no music: what people say has no key and no tempo, and no verdict of music is given.
The voices are espeak-ng's, none of which anything was learnt from."""
import json
import os
import subprocess

from harness import Case

TEXT = """The level of this recording was set by ear, and nobody has measured it since. If you
listen to the second half you will notice that the room gets louder between the words, and that the
voice moves away from the microphone now and then. We have asked the engineer to send us the
original tapes, but they are stored in another country, and it will take a few weeks until somebody
finds the time to look for them. Until then, please use this version, and write to us."""
VOICES = ("en-us", "en-gb", "de", "fr", "it", "en-us+f2", "en-us+m3")


class Speech(Case):
    def test_no_key_no_tempo(self):
        paths = []
        for voice in VOICES:
            paths.append(os.path.join(self.dir, f"{voice}.wav"))
            subprocess.run(["espeak-ng", "-v", voice, "-w", paths[-1], TEXT.replace("\n", " ")],
                           check=True)
        for path in paths:
            with self.subTest(path=os.path.basename(path)):
                result = json.loads(self.ok("analyze", "--json", "-q", path))
                self.assertIsNone(result["tempo"]["bpm"])
                self.assertIsNone(result["key"]["name"], result["key"]["confidence"])
                codes = [item["code"] for item in result["feedback"]]
                self.assertIn("technical.no_music", codes)
                for score in ("tonal_balance", "low_end"):
                    judged = result["scores"][score]
                    self.assertEqual(judged["reasons"], {"value": "not_applicable"})
                    for part in judged["parts"]:
                        self.assertIsNone(part["score"], part)
                    measured = [p for p in judged["parts"] if p["measured"] is not None]
                    self.assertGreaterEqual(len(measured), 2)
                    for part in measured:
                        self.assertEqual(part["reasons"], {"score": "not_applicable"})

"""Technical faults planted by ffmpeg, sox and lame in rendered music: found at their value, and not
found in the same music untouched."""
import json
import os

from harness import Case, Tracks, run

KINDS = ("four-on-floor", "half-time", "ambient")


class TechnicalFields(Case):
    def path(self, name):
        return os.path.join(self.dir, name)

    def ffmpeg(self, source, name, effect, codec="pcm_s16le", *options):
        done = run("ffmpeg", "-v", "error", "-y", "-i", source, "-af", effect, *options, "-c:a",
                   codec, self.path(name))
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.path(name)

    def sox(self, source, name, *effects, bits=24):
        done = run("sox", "-G", source, "-b", bits, self.path(name), *effects)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.path(name)

    def result(self, path):
        return json.loads(self.ok("analyze", "--json", "--excerpt", path))

    @staticmethod
    def codes(result):
        return {i["code"] for i in result["feedback"]} | {
            code for i in result["feedback"] for code in i["also"]}

    def each(self):
        for kind in KINDS:
            path, _ = Tracks.get(kind, seconds=15)
            yield path, self.result(path)

    def test_untouched_music_has_no_technical_item(self):
        for _, result in self.each():
            found = {c for c in self.codes(result) if c.startswith("technical.")}
            self.assertLessEqual(found, {"technical.noise_floor"}, found) # the air of a pad
            self.assertEqual(result["technical"]["clip_kind"], "none")
            self.assertLess(result["spectrum"]["lossy_probability"], 0.5)
            self.assertIsNone(result["spectrum"]["upsampled_from_hz"])

    def test_clipping_its_level_and_limiters(self):
        for path, result in self.each():
            up = 6 - result["loudness"]["sample_peak_dbfs"]
            hard = self.ffmpeg(path, "hard.wav", f"volume={up}dB")
            clipped = self.result(hard)
            self.assertEqual(clipped["technical"]["clip_kind"], "hard")
            self.assertIn("technical.clipping", self.codes(clipped))
            source = self.result(self.ffmpeg(hard, "source.wav", "volume=-6dB", "pcm_s24le"))
            self.assertAlmostEqual(source["technical"]["clip_level_dbfs"], -6.0, delta=0.02)
            self.assertIn("technical.clipped_source", self.codes(source))
            self.assertNotIn("technical.clipping", self.codes(source))
            limited = self.result(self.ffmpeg(
                path, "limited.wav",
                f"volume={up}dB,alimiter=level=0:limit=0.966:attack=5:release=50"))
            self.assertNotEqual(limited["technical"]["clip_kind"], "hard")
            self.assertFalse({"technical.clipping", "technical.clipped_source"} &
                             self.codes(limited))

    def test_pulses_are_not_clipping(self):
        pulse, square = "0.4*sgn(sin(2*PI*98*t)-0.5)", "0.4*sgn(sin(2*PI*98*t))"
        second = "0.1*sgn(sin(2*PI*392*t))*lt(mod(t,0.25),0.12)"
        for wave in (pulse, square, f"({square})+{second}"):
            path = self.path("pulse.wav")
            run("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
                f"aevalsrc='({wave})*lt(mod(t,0.5),0.3)'", "-t", "10", path)
            self.assertFalse({"technical.clipping", "technical.clipped_source"} &
                             self.codes(self.result(path)))

    def test_infrasound_and_offset(self):
        for path, result in self.each():
            level = result["technical"]["infrasonic_dbfs"]
            self.assertTrue(level is None or level < -35, level)
            rumble = self.result(self.ffmpeg(
                path, "rumble.wav", "aeval='0.5*val(ch)+0.1*sin(2*PI*12*t)':c=same"))
            self.assertAlmostEqual(rumble["technical"]["infrasonic_dbfs"], -23.0, delta=0.3)
            self.assertIn("technical.infrasonic", self.codes(rumble))
            offset = self.result(self.ffmpeg(path, "offset.wav",
                                             "aeval='0.5*val(ch)+0.02':c=same"))
            self.assertAlmostEqual(offset["technical"]["dc_offset"][0], 0.02, delta=0.003)
            self.assertIn("technical.dc_offset", self.codes(offset))
            both = self.result(self.ffmpeg(
                path, "both.wav", "aeval='0.5*val(ch)+0.1*sin(2*PI*12*t)+0.02':c=same"))
            items = [i for i in both["feedback"] if i["code"] == "technical.dc_offset"]
            self.assertEqual([i["also"] for i in items], [["technical.infrasonic"]])

    def test_noise_in_quiet_parts(self):
        for path, _ in self.each():
            hiss = self.path("hiss.wav")
            done = run("ffmpeg", "-v", "error", "-y", "-i", path, "-f", "lavfi", "-i",
                       "anoisesrc=c=white:a=0.01:r=44100:d=20", "-filter_complex",
                       "[0]adelay=3s:all=1[m];[1]aformat=channel_layouts=stereo[n];"
                       "[m][n]amix=normalize=0:duration=first", "-c:a", "pcm_s24le", hiss)
            self.assertEqual(done.returncode, 0, done.stderr)
            result = self.result(hiss)
            self.assertAlmostEqual(result["technical"]["hiss_dbfs"], -47.8, delta=0.5)
            self.assertIn("technical.noise_floor", self.codes(result))

    def test_clicks(self):
        for path, result in self.each():
            self.assertEqual(result["technical"]["clicks_total"], 0)
            at = "+".join(f"between(n,{n},{n + 2})" for n in range(90000, 600001, 102000))
            clicks = self.result(self.ffmpeg(
                path, "clicks.wav", f"aeval='0.6*val(ch)+0.5*({at})':c=same"))
            self.assertGreaterEqual(clicks["technical"]["clicks_total"], 1)
            self.assertIn("technical.click", self.codes(clicks))

    def test_hits_and_edges_are_no_clicks(self):
        hit = "0.6*exp(-9*mod(t,1.6))*cos(2*PI*55*mod(t,1.6))*gte(t,1)"
        for source in (f"aevalsrc='0.1*sin(2*PI*220*t)+{hit}'", "aevalsrc='0.2*sin(2*PI*110*t)'"):
            path = self.path("wave.wav")
            run("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-t", "15", path)
            self.assertEqual(self.result(path)["technical"]["clicks_total"], 0)
        # a slow pulse with edges of a few samples, ten in 15 s
        run("sox", "-R", "-n", "-r", "96000", path, "synth", "15", "square", "0.4", "sine", "mix",
            "90", "gain", "-6")
        soft = self.sox(path, "soft.wav", "sinc", "-18000", "rate", "-v", "44100")
        self.assertEqual(self.result(soft)["technical"]["clicks_total"], 0)

    def test_gap_and_few_bits(self):
        for path, _ in self.each():
            gap = self.result(self.ffmpeg(
                path, "gap.wav", "aeval='val(ch)*(1-between(n,308700,312227))':c=same"))
            self.assertEqual(gap["technical"]["gaps_total"], 1)
            self.assertAlmostEqual(gap["technical"]["gaps"][0]["start_s"], 7.0, delta=0.002)
            self.assertIn("technical.gap", self.codes(gap))
            ten = self.result(self.ffmpeg(
                path, "ten.wav", "aformat=s16,aeval='floor(val(ch)*512)/512':c=same,aformat=s16"))
            self.assertLessEqual(ten["technical"]["effective_bits"], 10)
            self.assertIn("technical.low_resolution", self.codes(ten))

    def test_cut_ends(self):
        both = {"technical.cut_start", "technical.cut_end"}
        for path, _ in self.each():
            found, places = [], (4.03, 4.41, 4.77, 5.13, 5.59)
            for at in places:
                cut = f"atrim={at}:{at + 7.3},asetpts=PTS-STARTPTS"
                for fade in ("", ",afade=t=in:d=0.5,afade=t=out:st=6.3:d=1"):
                    result = json.loads(self.ok("analyze", "--json",
                                                self.ffmpeg(path, "cut.wav", cut + fade)))
                    if fade:
                        self.assertFalse(both & self.codes(result))
                    else:
                        found += both & self.codes(result)
            self.assertGreaterEqual(len(found), 2 * len(places) - 1, found)

    def test_lossy_source(self):
        for path, _ in self.each():
            dark = self.sox(path, "dark.wav", "lowpass", "4000", "lowpass", "4000")
            for source, form, coder in ((path, "mp3", "libmp3lame"), (dark, "mp3", "libmp3lame"),
                                        (path, "m4a", "aac")):
                coded = self.ffmpeg(source, "coded." + form, "anull", coder, "-b:a", "128k")
                result = self.result(self.ffmpeg(coded, "decoded.wav", "anull"))
                if source == path:
                    self.assertGreater(result["spectrum"]["cutoff_hz"], 15000)
                if form == "mp3":
                    self.assertGreater(result["spectrum"]["mp3_frames_contrast"], 11)
                    self.assertIn("technical.lossy_source", self.codes(result))
            for clean in (path, dark):
                result = self.result(clean)
                self.assertLess(result["spectrum"]["mp3_frames_contrast"], 8)
                self.assertNotIn("technical.lossy_source", self.codes(result))

    def test_low_passes_of_a_studio_are_not_lossy(self):
        for path, _ in self.each():
            for effects in (("lowpass", "9000"), ("lowpass", "12000", "lowpass", "12000"),
                            ("lowpass", "16000") * 4, ("lowpass", "17000") * 8,
                            ("treble", "-9", "9000")):
                dark = self.result(self.sox(path, "dark.wav", *effects))
                self.assertLess(dark["spectrum"]["lossy_probability"], 0.5, effects)
                self.assertNotIn("technical.lossy_source", self.codes(dark))

    def test_upsampled(self):
        for path, _ in self.each():
            low = self.sox(path, "low.wav", "rate", "-h", "22050")
            for rate, source, origin in (("44100", low, 22050), ("96000", path, 44100)):
                result = self.result(self.sox(source, "up.wav", "rate", "-h", rate))
                self.assertEqual(result["spectrum"]["upsampled_from_hz"], origin)
                self.assertGreaterEqual(result["spectrum"]["upsampled_confidence"], 0.8)
                self.assertIn("technical.upsampled", self.codes(result))

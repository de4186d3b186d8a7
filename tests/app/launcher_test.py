"""The launcher in a checkout that its user may not write to. Not checked here: installing packages, and real builds."""

from program import *  # noqa: F403

NINJA = """rule copy
  command = cp $in $out && chmod +x $out
build src/app/windtunnel: copy source
build windtunnel_tensordb: phony src/app/windtunnel
"""


class Launcher(Case):
    def setUp(self):
        super().setUp()
        self.build = self.folder / "build"
        (self.build / "src" / "app").mkdir(parents=True)
        (self.build / "build.ninja").write_text(NINJA)
        (self.build / "source").write_text("#!/bin/sh\necho \"started with $*\"\n")
        subprocess.run(["ninja", "-C", self.build], check=True, capture_output=True)
        self.folder.chmod(0o755)
        self.close(0o555)
        self.addCleanup(self.close, 0o755)

    def close(self, mode):
        for path in (self.build / "src" / "app", self.build / "src", self.build):
            path.chmod(mode)
        for path in self.build.iterdir():
            if path.is_file():
                path.chmod(mode)

    def launch(self, *words):
        another = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}  # root may write everywhere
        return subprocess.run([HOME / "windtunnel", *words], capture_output=True, text=True, check=False, cwd="/",
                              env={**os.environ, "WINDTUNNEL_BUILD": str(self.build)}, **another)

    def test_what_is_built_starts_without_a_lock(self):
        done = self.launch("version")
        self.assertEqual((done.returncode, done.stdout), (0, "started with version\n"), done.stderr)
        self.assertFalse((self.build / ".lock").exists())

    def test_what_must_be_built_says_who_can(self):
        later = time.time() + 10
        os.utime(self.build / "source", (later, later))
        done = self.launch("version")
        self.assertEqual(done.returncode, 3)
        self.assertIn("may not be written to", done.stderr)
        self.assertIn("WINDTUNNEL_BUILD=", done.stderr)
        self.assertNotIn("Permission denied", done.stderr)


if __name__ == "__main__":
    unittest.main()

"""An installation: made in a folder of its own, moved, and used from a third one, with nothing of the checkout in the
environment. And the Debian package: what it holds and wants. Not checked: installing it with apt, which needs root."""

import shutil

from program import *  # noqa: F403
from program import HOME, command, json, os, run, subprocess, sys

BUILD = Path(os.environ["WINDTUNNEL_BUILD"])
OURS = ("WINDTUNNEL_HOME", "WINDTUNNEL_PROGRAM", "WINDTUNNEL_BUILD", "WINDTUNNEL_TENSORDB")


class Installed(Case):
    def setUp(self):
        super().setUp()
        made = self.folder / "made"
        done = subprocess.run(["cmake", "--install", BUILD, "--prefix", made], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.prefix = made.rename(self.folder / "moved")
        self.elsewhere = self.folder / "elsewhere"
        self.elsewhere.mkdir()

    def run_installed(self, *words):
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        return subprocess.run([self.prefix / "bin" / "windtunnel", *words], cwd=self.elsewhere, env=env,
                              capture_output=True, text=True, timeout=300, check=False)

    def test_runs_what_it_brings_from_any_folder(self):
        for scenario in ("architectures", "redis"):
            done = self.run_installed("run", f"scenarios/smoke/{scenario}.yaml", "--format", "json", "--quiet")
            self.assertEqual(done.returncode, 0, done.stderr)
            from_build = run("run", SMOKE / f"{scenario}.yaml", "--format", "json", "--quiet", "--no-charts", "--out",
                             self.folder / "build" / scenario)
            prints = [[line["trajectory_fingerprint"] for line in json.loads(each.stdout)]
                      for each in (done, from_build)]
            self.assertTrue(prints[0])
            self.assertEqual(*prints)
        self.assertTrue(list(self.elsewhere.glob("results/*/*.png")), "charts")
        self.assertEqual(list(self.prefix.rglob("__pycache__")), [])
        done = self.run_installed("run", "scenarios/smoke/nosuch.yaml")
        self.assertEqual(done.returncode, 2, done.stderr)

    def test_loads_its_own_modules(self):
        socket = self.folder / "s"
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        serving = subprocess.Popen([self.prefix / "bin" / "windtunnel", "store", "serve", "--socket", socket], env=env,
                                   cwd=self.elsewhere, stdout=subprocess.PIPE, text=True)
        self.addCleanup(serving.communicate)
        self.addCleanup(serving.kill)
        for line in serving.stdout:
            if line.startswith("Ctrl-C"):
                break
        told = subprocess.run(["redis-cli", "-s", socket, "MODULE", "LIST"], capture_output=True, text=True, check=True)
        module = next(self.prefix.rglob("windtunnel_tensordb.so"))
        self.assertIn(str(module), told.stdout)
        self.assertEqual({file.name for file in module.parent.iterdir()},
                         {"libwindtunnel_torch.so", "windtunnel_tensordb.so", "windtunnel_tensordb_torch.so"})

    def test_says_what_it_was_built_from(self):
        told = self.run_installed("version").stdout
        self.assertRegex(told, r"^windtunnel \d+\.\d+\.\d+\nbuild [0-9a-f]{16}")
        self.assertEqual(told, run("version").stdout)
        self.assertIn("aws-us-east-1-2025-08", self.run_installed("list", "prices").stdout)


class Package(Case):
    @unittest.skipUnless(shutil.which("dpkg-shlibdeps"), "dpkg-dev is not installed")
    def test_holds_the_program_and_names_what_it_wants(self):
        done = subprocess.run(["cpack", "--config", BUILD / "CPackConfig.cmake", "-B", self.folder], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        (package,) = self.folder.glob("windtunnel_*.deb")

        def field(name):
            return subprocess.run(["dpkg-deb", "-f", package, name], capture_output=True, text=True, check=True).stdout.strip()

        self.assertRegex(field("Version"), r"^\d+\.\d+\.\d+(\+\d+\.g[0-9a-f]+(\.dirty)?)?(~[a-z]+[\d.]*)?$")
        wanted = field("Depends")
        for name in ("redis-server", "python3-matplotlib", "dataset-fashion-mnist", "libtorch", "libhiredis", "libsqlite3-0"):
            self.assertIn(name, wanted)
        unpacked = self.folder / "unpacked"
        subprocess.run(["dpkg-deb", "-x", package, unpacked], check=True)
        for file in ("bin/windtunnel", "share/windtunnel/scenarios/quickstart.yaml", "share/windtunnel/plots/plot.py",
                     "share/windtunnel/scenarios/prices/aws-us-east-1-2025-08.yaml", "share/doc/windtunnel/copyright"):
            self.assertTrue((unpacked / "usr" / file).is_file(), file)
        for module in unpacked.rglob("windtunnel_*.so"):
            self.assertTrue(os.access(module, os.X_OK), "Redis loads executable files only")
        self.assertEqual([file for file in unpacked.rglob("*") if "invalid" in file.parts or file.suffix == ".pyc"], [])
        done = subprocess.run([unpacked / "usr" / "bin" / "windtunnel", "check", "scenarios/quickstart.yaml"], cwd="/",
                              env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


class Launcher(Case):
    def packages(self, release):
        file = self.folder / "os-release"
        file.write_text(release)
        done = subprocess.run([HOME / "windtunnel", "packages"], env={**os.environ, "WINDTUNNEL_OS_RELEASE": str(file)},
                              capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    def test_knows_the_names_of_each_release(self):
        torch = {"libtorch-dev", "python3-torch", "python3-torchvision"}
        twelve = self.packages('ID=debian\nVERSION_ID="12"\n')
        self.assertEqual(self.packages('ID=debian\nVERSION_ID="13"\n'), twelve)
        self.assertTrue(twelve > torch | {"g++", "redis-server", "dpkg-dev"})
        self.assertEqual(self.packages('ID=ubuntu\nVERSION_ID="24.04"\n'), twelve - torch)

    def test_says_what_to_do_where_libtorch_has_no_package(self):
        file = self.folder / "os-release"
        file.write_text('ID=ubuntu\nVERSION_ID="24.04"\n')
        env = {**os.environ, "WINDTUNNEL_OS_RELEASE": str(file), "CMAKE_PREFIX_PATH": str(self.folder / "libtorch")}
        done = subprocess.run([HOME / "windtunnel", "version"], env=env, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("CMAKE_PREFIX_PATH", done.stderr)


if __name__ == "__main__":
    unittest.main()

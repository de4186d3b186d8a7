"""The trajectories of all smoke scenarios are the accepted ones: whoever changes what happens when, in any model, sees it here
and accepts it in the same commit, with WINDTUNNEL_ACCEPT=1 in the environment of this test. Says nothing about whether a
trajectory is right (the rooms' tests do), and nothing about gradients (the results have a fingerprint of their own)."""

from program import *  # noqa: F403

ACCEPTED = Path(__file__).with_name("accepted_trajectories.json")


class Accepted(Case):
    def test_every_smoke_scenario(self):
        found = {}
        for file in sorted(SMOKE.glob("*.yaml")):
            lines = run_json(file, "--out", self.folder / file.stem)
            found[file.name] = {line["name"]: line["trajectory_fingerprint"] for line in lines}
            self.assertEqual(len(found[file.name]), len(lines), "a name for each run")
        if os.environ.get("WINDTUNNEL_ACCEPT"):
            ACCEPTED.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        self.maxDiff = None
        self.assertEqual(found, json.loads(ACCEPTED.read_text(encoding="utf-8")))


if __name__ == "__main__":
    unittest.main()

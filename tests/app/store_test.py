"""`store serve` and `store info`: start, use, keep, secure, end; what they refuse. Not checked here: tensors and commands
(tests/tensordb), the client (tests/store)."""

import shutil
import stat

from program import *  # noqa: F403
from program import subprocess


class Server:
    """`store serve` under way in `folder`, ready when made."""

    def __init__(self, case, *words, socket="td.sock"):
        self.socket = case.folder / socket
        self.process = subprocess.Popen(command("store", "serve", "--socket", self.socket, *words), text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        case.addCleanup(self.close)
        self.welcome = ""
        for line in self.process.stdout:
            self.welcome += line
            if line.startswith("Ctrl-C"):
                return
        raise AssertionError(self.process.stderr.read())

    def cli(self, *words, password=None):
        env = {**os.environ, **({"REDISCLI_AUTH": password} if password else {})}
        user = ["--user", "windtunnel-admin"] if password else []
        done = subprocess.run(["redis-cli", "-s", str(self.socket), *user, *map(str, words)], capture_output=True,
                              text=True, timeout=60, env=env, check=False)
        return done.stdout.strip()

    def end(self, how=signal.SIGINT):
        self.process.send_signal(how)
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors

    def close(self):
        self.process.kill()
        self.process.communicate()


class Serve(Case):
    def test_what_the_welcome_says_works(self):
        server = Server(self)
        tried = [line.split() for line in server.welcome.splitlines() if line.startswith(("  AI.", "  TENSOR."))]
        self.assertEqual(len(tried), 4)
        answers = [server.cli(*words) for words in tried]
        self.assertEqual(answers, ["OK", "OK", "OK", "2\n3\n5.5"])
        self.assertEqual(server.end(), (0, ""))
        self.assertFalse(server.socket.exists())

    def test_data_are_kept_only_in_a_folder(self):
        kept = self.folder / "data"
        for folder, found in ((["--dir", kept], "4\n2"), ([], "")):
            server = Server(self, *folder)
            self.assertEqual(server.cli("AI.TENSORSET", "t", "FLOAT", 2, "VALUES", 4, 2), "OK")
            self.assertEqual(server.end()[0], 0)
            again = Server(self, *folder)
            self.assertIn(found or "empty", again.cli("AI.TENSORGET", "t", "VALUES"))
            again.end()

    def test_data_survive_the_program_being_killed(self):
        server = Server(self, "--dir", self.folder / "data")
        self.assertEqual(server.cli("AI.TENSORSET", "t", "FLOAT", 2, "VALUES", 4, 2), "OK")
        server.end(signal.SIGKILL)
        again = wait_for(lambda: self.start_unless_taken("--dir", self.folder / "data"))
        self.assertEqual(again.cli("AI.TENSORGET", "t", "VALUES"), "4\n2")

    def start_unless_taken(self, *words):
        """The dead program's server may live for a moment longer."""
        try:
            return Server(self, *words)
        except AssertionError as error:
            self.assertRegex(str(error), "listening|another server")
            return None

    def test_acl_lets_nobody_in_without_the_password(self):
        server = Server(self, "--acl")
        self.assertIn("NOAUTH", server.cli("PING"))
        secret = self.folder / "td.sock.password"
        self.assertEqual(stat.S_IMODE(secret.stat().st_mode), 0o600)
        password = secret.read_text().strip()
        self.assertNotIn(password, server.welcome)
        self.assertEqual(server.cli("PING", password=password), "PONG")
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        self.assertNotIn(password, listed)
        server.end()
        self.assertFalse(secret.exists())

    def test_the_password_is_written_to_a_file_of_our_own(self):
        theirs = self.folder / "theirs"
        theirs.write_text("")
        (self.folder / "td.sock.password").symlink_to(theirs)
        server = Server(self, "--acl")
        secret = self.folder / "td.sock.password"
        self.assertFalse(secret.is_symlink())
        self.assertEqual(server.cli("PING", password=secret.read_text().strip()), "PONG")
        server.end()
        self.assertEqual(theirs.read_text(), "")

    def test_neither_socket_nor_data_are_taken_from_another(self):
        server = Server(self, "--dir", self.folder / "data")
        done = run("store", "serve", "--socket", server.socket)
        self.assertEqual(done.returncode, 2)
        self.assertIn("a server is listening on", done.stderr)
        done = run("store", "serve", "--socket", self.folder / "other.sock", "--dir", self.folder / "data")
        self.assertEqual(done.returncode, 2)
        self.assertIn("belong to another server", done.stderr)
        self.assertEqual(server.cli("PING"), "PONG")
        plain = self.folder / "plain"
        plain.write_text("kept")
        done = run("store", "serve", "--socket", plain)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is no socket", done.stderr)
        self.assertEqual(plain.read_text(), "kept")

    def test_a_server_that_ends_by_itself_is_a_failure(self):
        server = Server(self)
        server.cli("SHUTDOWN", "NOSAVE")
        _, errors = server.process.communicate(timeout=60)
        self.assertEqual(server.process.returncode, 1)
        self.assertIn("the server has ended", errors)

    def test_the_python_line_of_the_welcome_works(self):
        server = Server(self, "--acl")
        line = next(line for line in server.welcome.splitlines() if line.startswith("  redis.Redis("))
        done = subprocess.run(["/usr/bin/python3", "-c", f"import redis\nprint(({line.strip()}).ping())"],
                              capture_output=True, text=True, timeout=60, check=False)
        if "No module named 'redis'" in done.stderr:
            self.skipTest("Debian's python3-redis is not installed")
        self.assertEqual((done.stdout.strip(), done.stderr), ("True", ""))

    def test_the_example_client(self):
        server = Server(self)
        example = Path(__file__).parents[2] / "src/tensordb/examples/train_together.py"
        done = subprocess.run(["/usr/bin/python3", str(example), str(server.socket)], capture_output=True, text=True,
                              timeout=60, check=False)
        if "No module named 'redis'" in done.stderr:
            self.skipTest("Debian's python3-redis is not installed")
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout.splitlines()[-1], "weights after 20 steps: [2.0, -1.0, 0.5]")

    def test_memory_and_log_as_told(self):
        server = Server(self, "--maxmemory", "64mb", "--dir", self.folder / "data", "--appendonly", "no")
        self.assertEqual(server.cli("CONFIG", "GET", "maxmemory"), "maxmemory\n67108864")
        self.assertEqual(server.cli("CONFIG", "GET", "appendonly"), "appendonly\nno")
        self.assertEqual(server.cli("AI.TENSORSET", "t", "FLOAT", 2, "VALUES", 4, 2), "OK")
        server.end()
        again = Server(self, "--dir", self.folder / "data", "--appendonly", "no")
        self.assertEqual(again.cli("AI.TENSORGET", "t", "VALUES"), "4\n2")

    def test_a_replica(self):
        import socket as sockets
        with sockets.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        master = Server(self, "--port", port, "--acl")
        password = (self.folder / "td.sock.password").read_text().strip()
        self.assertEqual(master.cli("AI.TENSORSET", "t", "FLOAT", 2, "VALUES", 4, 2, password=password), "OK")
        os.environ["WINDTUNNEL_STORE_PASSWORD"] = password
        self.addCleanup(os.environ.pop, "WINDTUNNEL_STORE_PASSWORD")
        replica = Server(self, "--replicaof", f"windtunnel-admin@127.0.0.1:{port}", socket="r.sock")
        self.assertIn("A replica of", replica.welcome)
        self.assertNotIn(password, replica.welcome)
        self.assertTrue(wait_for(lambda: replica.cli("AI.TENSORGET", "t", "VALUES") == "4\n2"))

    def test_bad_words(self):
        for words in (["--maxmemory", "much"], ["--maxmemory", "gb"], ["--appendonly", "maybe"], ["--appendonly", "yes"],
                      ["--replicaof", "host:nothing"], ["--replicaof", "host:1/3"], ["--port", "0"], ["--port", "70000"], ["--threads", "-1"], ["--socket", "/tmp/" + 120 * "x"]):
            self.assertEqual(run("store", "serve", *words).returncode, 2, words)
        self.assertEqual(run("store").returncode, 2)


class Info(Case):
    def test_of_our_server(self):
        server = Server(self)
        url = f"unix://{server.socket}"
        table_text = run("store", "info", url).stdout
        self.assertIn("native commands", table_text)
        report = json.loads(run("store", "info", url, "--format", "json").stdout)
        self.assertEqual(report["aggregates"], "native")
        self.assertEqual(report["not_allowed"], [])
        self.assertIn("mean", report["rules"])
        self.assertIn("AI.TENSORSET", report["commands"])
        self.assertIn("TENSOR.AGGREGATE", report["commands"])

    def test_of_a_server_without_tensors(self):
        socket = self.folder / "plain.sock"
        redis = subprocess.Popen([shutil.which("redis-server"), "--port", "0", "--unixsocket", str(socket), "--save", "",
                                  "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
        self.addCleanup(lambda: (redis.kill(), redis.wait()))
        wait_for(socket.exists)
        done = wait_for(lambda: (lambda d: d if d.returncode == 0 else None)(
            run("store", "info", f"unix://{socket}", "--format", "json")))
        report = json.loads(done.stdout)
        self.assertEqual((report["module"], report["aggregates"], report["commands"]), ("", "none", []))

    def test_faults(self):
        self.assertEqual(run("store", "info", "nonsense").returncode, 2)
        done = run("store", "info", f"unix://{self.folder}/nobody.sock")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nobody.sock", done.stderr)

    def test_passwords_come_from_the_environment_and_are_never_shown(self):
        server = Server(self, "--acl")
        password = (self.folder / "td.sock.password").read_text().strip()
        url = f"unix://windtunnel-admin@{server.socket}"
        self.assertEqual(run("store", "info", url).returncode, 1)
        done = run("store", "info", url, env={"WINDTUNNEL_STORE_PASSWORD": password})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(password, done.stdout)
        for wrong in (f"unix://windtunnel-admin:{password}x@{server.socket}", f"unix://a:{password}@relative"):
            done = run("store", "info", wrong)
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn(password, done.stderr + done.stdout)

    def test_a_password_on_the_command_line_leaves_the_process_list(self):
        # A server that accepts and says nothing keeps the program waiting while we look.
        import socket as sockets
        silent = sockets.socket(sockets.AF_UNIX)
        self.addCleanup(silent.close)
        path = self.folder / "silent.sock"
        silent.bind(str(path))
        silent.listen()
        process = subprocess.Popen(command("store", "info", f"unix://anna:geheim-4711@{path}", "--timeout", 30),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (process.kill(), process.wait()))
        connection, _ = silent.accept()  # by now the arguments have been read
        self.addCleanup(connection.close)
        shown = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
        self.assertIn("unix://anna:***********@", shown)
        self.assertNotIn("geheim", shown)


if __name__ == "__main__":
    unittest.main()

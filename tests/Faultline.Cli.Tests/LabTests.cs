using System.Diagnostics;
using System.Security.Cryptography;

namespace Faultline.Cli.Tests;

/// <summary>
/// The lab where something is missing or goes wrong, without QEMU: scripts stand for it and for apt. Each is a message that says what to
/// do, and nothing is left behind.
/// </summary>
public sealed class LabTests : IDisposable
{
    private const string Release = "6.12.1-amd64", Test = "litmus/seed/generic-437.litmus", QemuName = "qemu-system-x86_64";
    private static readonly string[] KernelFiles = ["vmlinuz", "initramfs.gz"];
    private readonly string folder = Directory.CreateTempSubdirectory("faultline-lab-tests-").FullName;

    public LabTests() => Array.ForEach(["bin", "cache", "tmp"], name => Directory.CreateDirectory(In(name)));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void No_compiler()
    {
        Prepared();
        Refused("no C compiler", new() { ["CC"] = In("no-such-compiler") }, "lab", "run", "6.12", "--", Test);
    }

    [Fact]
    public void No_QEMU()
    {
        Prepared();
        Dictionary<string, string> none = new() { ["PATH"] = In("bin"), ["CC"] = "/bin/sh" };
        Refused($"{QemuName} is needed and not installed; on Debian: apt-get install", none, "lab", "run", "6.12", "--", Test);
        Refused($"{QemuName} is needed", none, "lab", "prepare", "7.3");
    }

    [Theory]
    [InlineData("no-such-image", "no such kernel image; expected a bzImage")]
    [InlineData("zeroes", "is no Linux kernel image for x86; expected a bzImage")]
    public void An_image_that_is_none(string image, string expected)
    {
        File.WriteAllBytes(In("zeroes"), new byte[1 << 20]);
        Directory.CreateDirectory(In("modules/9.9.9/kernel"));
        Refused(expected, [], "lab", "prepare", "--kernel-image", In(image), "--modules", In("modules/9.9.9"));
        Refused("expected what 'make modules_install' wrote", [], "lab", "prepare", "--kernel-image", In("zeroes"), "--modules", In("modules"));
    }

    [Theory]
    [InlineData("lab", "prepare")]
    [InlineData("lab", "prepare", "6.12", "--kernel-image", "x", "--modules", "y")]
    [InlineData("lab", "prepare", "--kernel-image", "x")]
    public void Prepare_takes_versions_or_a_kernel(params string[] arguments) => Refused("takes kernel versions, or --kernel-image and --modules", [], arguments);

    [Theory]
    [InlineData("--limit must be more than --seconds", "--seconds", "5", "--limit", "5")]
    [InlineData("--seconds takes a number above 0", "--seconds", "0")]
    [InlineData("--cpus takes 1 to", "--cpus", "0")]
    [InlineData("takes one --kernel", "--kernel", "v6.1,v6.12")]
    [InlineData("expected ext4, xfs or all", "--fs", "btrfs")]
    public void Options_that_make_no_sense(string expected, params string[] options) => Refused(expected, [], ["lab", "run", "6.12", .. options, "--", Test]);

    [Fact]
    public void A_version_that_no_suite_has()
    {
        Apt();
        Tool.Result result = Refused("no kernel package 5.10 in this machine's suites or trixie-backports; there are:", [], "lab", "prepare", "5.10");
        Assert.Contains("\n  6.1.7-1-amd64\n  6.12.1-amd64\n", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("6.12-amd64", result.Errors, StringComparison.Ordinal); // names no kernel of its own
        Assert.Contains("--kernel-image", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_that_is_not_served()
    {
        Apt();
        Refused("linux-image-6.12.1-amd64 cannot be downloaded; are the package lists old", [], "lab", "prepare", "6.12");
        Assert.Empty(Directory.GetFileSystemEntries(In("cache/faultline/lab/scratch")));
    }

    [Fact]
    public void A_cache_that_was_damaged()
    {
        Prepared();
        File.AppendAllText(Path.Combine(Kernel, "vmlinuz"), "x");
        Fake(QemuName, "exit 0");
        Refused($"vmlinuz is not what was put there (missing, cut short or changed); 'faultline lab prepare --again {Release}' makes it anew", [], "lab", "run", "6.12", "--", Test);
        File.WriteAllText(Path.Combine(Kernel, "manifest.json"), "{");
        Assert.Contains($"has no readable manifest; 'faultline lab prepare --again {Release}'", Run("lab", "list").Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_where_nothing_can_be_written()
    {
        Prepared();
        Fake(QemuName, "exit 0");
        Refused("TMPDIR names another place", new() { ["TMPDIR"] = "/proc" }, "lab", "run", "6.12", "--", Test);
        Refused("set XDG_CACHE_HOME for another place", new() { ["XDG_CACHE_HOME"] = "/proc" }, "lab", "prepare", "6.12");
        Refused("no-such-folder/x cannot be written", [], "lab", "run", "6.12", "--log", In("no-such-folder/x"), "--", Test);
        string longer = Directory.CreateDirectory(In("tmp/" + new string('x', 100))).FullName;
        Refused("too long a path for a socket", new() { ["TMPDIR"] = longer }, "lab", "run", "6.12", "--", Test);
        Assert.Empty(Directory.GetFileSystemEntries(longer));
    }

    /// <summary>QEMU that refuses, and a kernel that panics while it boots: what they said is shown.</summary>
    [Theory]
    [InlineData("echo 'qemu: could not load kernel' >&2; exit 1", "QEMU said:\n  qemu: could not load kernel")]
    [InlineData("for a; do case $a in file,id=console,*) echo 'Kernel panic - not syncing: nothing to do' >${a#*path=};; esac; done", "console:\n  Kernel panic - not syncing: nothing to do")]
    public void A_kernel_that_does_not_boot(string qemu, string expected)
    {
        Prepared();
        Fake(QemuName, qemu);
        Refused(expected, [], "lab", "run", "6.12", "--", Test);
        Assert.Empty(Directory.GetFileSystemEntries(In("tmp")));
    }

    /// <summary>However the tool ends, QEMU and its folder go.</summary>
    [Theory]
    [InlineData("INT", 3)]
    [InlineData("TERM", 3)]
    [InlineData("KILL", 137)]
    public void Nothing_is_left_running(string signal, int code)
    {
        Prepared();
        Fake(QemuName, $"echo $$ >{In("pid.part")}; mv {In("pid.part")} {In("pid")}; exec sleep 1000");
        using Process tool = Tool.Start(Environment([]), "lab", "run", "6.12", "--fs", "ext4", "--", Test);
        Assert.True(Eventually(() => File.Exists(In("pid"))));
        int qemu = int.Parse(File.ReadAllText(In("pid")), System.Globalization.CultureInfo.InvariantCulture);
        Process.Start("kill", [$"-{signal}", $"{tool.Id}"]).WaitForExit();
        Assert.True(tool.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(code, tool.ExitCode);
        Assert.True(Eventually(() => !Directory.Exists($"/proc/{qemu}")));
        Assert.True(Eventually(() => !Directory.EnumerateDirectories(In("tmp"), code == 3 ? "faultline-*" : "faultline-lab-*").Any()));
    }

    [Fact]
    public void One_prepares_at_a_time()
    {
        Apt();
        Directory.CreateDirectory(In("cache/faultline/lab"));
        var other = new FileStream(In("cache/faultline/lab/prepare.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        using Process tool = Tool.Start(Environment([]), "lab", "prepare", "6.12");
        Assert.Equal("faultline: waiting: another faultline prepares a kernel", tool.StandardError.ReadLine());
        other.Dispose();
        Assert.Contains("downloading linux-image-6.12.1-amd64", tool.StandardError.ReadToEnd(), StringComparison.Ordinal);
        Assert.True(tool.WaitForExit(TimeSpan.FromSeconds(30)));
    }

    private string Kernel => In($"cache/faultline/lab/kernels/{Release}");

    private string In(string name) => Path.Combine(folder, name);

    // A kernel as 'lab prepare' leaves it.
    private void Prepared()
    {
        Directory.CreateDirectory(Kernel);
        string[] files = [.. KernelFiles.Select(name =>
        {
            File.WriteAllText(Path.Combine(Kernel, name), name);
            string hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Kernel, name))));
            return $$"""{"name": "{{name}}", "bytes": {{name.Length}}, "sha256": "{{hash}}"}""";
        })];
        File.WriteAllText(
            Path.Combine(Kernel, "manifest.json"),
            $$"""{"release": "{{Release}}", "package": "linux-image-{{Release}} 6.12.1-1", "accelerator": "tcg", "recipe": {{Real.Lab.LabCache.Recipe}}, "files": [{{string.Join(", ", files)}}]}""");
    }

    // apt of a suite with two kernels, whose mirror serves no package.
    private void Apt()
    {
        Assert.SkipUnless(File.Exists("/etc/debian_version"), "kernels by package need Debian's sources in /etc/apt");
        Fake(QemuName, "exit 0");
        Fake("apt-cache", "for a; do :; done; for p in linux-image-6.12-amd64 linux-image-6.12.1-amd64 linux-image-6.1.7-1-amd64; do case $p in $a*) echo $p;; esac; done");
        Fake("apt-get", "for a; do case $a in Dir::State::Lists=*) echo >${a#*=}/x_Packages;; download) echo 'E: 404 Not Found' >&2; exit 100;; esac; done");
    }

    private void Fake(string name, string script)
    {
        string path = In($"bin/{name}");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private Dictionary<string, string> Environment(Dictionary<string, string> further)
    {
        var all = new Dictionary<string, string>
        {
            ["PATH"] = $"{In("bin")}:{System.Environment.GetEnvironmentVariable("PATH")}",
            ["XDG_CACHE_HOME"] = In("cache"),
            ["TMPDIR"] = In("tmp"),
            ["CC"] = "/bin/true",
        };
        further.ToList().ForEach(pair => all[pair.Key] = pair.Value);
        return all;
    }

    private Tool.Result Run(params string[] arguments) => Tool.Run(Environment([]), arguments);

    private Tool.Result Refused(string expected, Dictionary<string, string> environment, params string[] arguments)
    {
        Tool.Result result = Tool.Run(Environment(environment), arguments);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
        Assert.Equal(2, result.ExitCode);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
        return result;
    }

    private static bool Eventually(Func<bool> condition)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30); Thread.Sleep(20))
        {
            if (condition())
            {
                return true;
            }
        }

        return false;
    }
}

using System.Text.Json;
using System.Xml.Linq;

namespace Faultline.Cli.Tests;

/// <summary>Reports for CI, and schedules kept and replayed, through the tool itself.</summary>
public sealed class ReportTests : IDisposable
{
    private const string Seed = "litmus/seed/generic-437.litmus";

    private readonly string folder = Directory.CreateTempSubdirectory("faultline-report").FullName;

    [Fact]
    public void Checks_write_junit_and_sarif_beside_the_text()
    {
        string junit = In("j.xml"), sarif = In("s.sarif");
        Tool.Result result = Tool.Run("check", Seed, "--kernel", "v4.12,v4.12+pfn-warn", "--fs", "ext4", "--brief", "--junit", junit, "--sarif", sarif);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("2 checks: 2 as expected", result.Output);
        Assert.Equal("2", (string)XDocument.Load(junit).Root!.Attribute("tests")!);
        using JsonDocument log = JsonDocument.Parse(File.ReadAllText(sarif));
        Assert.Equal("Warn", log.RootElement.GetProperty("runs")[0].GetProperty("results")[0].GetProperty("ruleId").GetString());
    }

    [Fact]
    public void Ktap_says_what_was_not_run()
    {
        Tool.Result result = Tool.Run("check", "litmus/history/b6fb293f2497-sync-store-is-durable.litmus", "--kernel", "all", "--fs", "ext4", "--ktap");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("KTAP version 1\n1..", result.Output);
        Assert.Contains("# SKIP ", result.Output);
        Assert.DoesNotContain("not ok", result.Output);
    }

    [Fact]
    public void A_kept_schedule_replays_and_a_damaged_one_is_refused_with_its_place()
    {
        string kept = In("s.schedule");
        Assert.Equal(0, Tool.Run("explain", Seed, "--kernel", "v4.12+pfn-warn", "--save-schedule", kept).ExitCode);
        Tool.Result exact = Tool.Run("replay", kept);
        Assert.Equal(0, exact.ExitCode);
        Assert.Contains("the same 12 steps", exact.Output);
        Assert.Contains("! warn(insert_pfn)", exact.Output);
        Assert.Equal(1, Tool.Run("replay", kept, "--brief", "--kernel", "v4.14").ExitCode);

        string[] lines = File.ReadAllLines(kept);
        File.WriteAllLines(kept, lines[..15]);
        Tool.Result cut = Tool.Run("replay", kept);
        Assert.Equal(2, cut.ExitCode);
        Assert.StartsWith($"{kept}:16:1: the file ends here; expected line 7 of the 12 of 'steps'", cut.Errors);
    }

    [Theory]
    [InlineData("cannot be read", "replay", "no/such/file")]
    [InlineData("README.md:1:1: found '# Faultline'; expected a schedule file", "replay", "README.md")]
    [InlineData("choose one of --json and --ktap", "check", Seed, "--json", "--ktap")]
    [InlineData("cannot write", "check", Seed, "--junit", "/dev/null/x")]
    [InlineData("too many to draw", "explain", "litmus/seed/generic-437-loop.litmus", "--kernel", "v4.12", "--dot", "/dev/shm/faultline-no.dot")]
    public void Bad_input(string expected, params string[] arguments)
    {
        Tool.Result result = Tool.Run(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, result.Errors);
        Assert.DoesNotContain("   at ", result.Errors);
    }

    [Fact]
    public void A_mail_fits_75_columns_and_names_good_and_bad_kernels()
    {
        Tool.Result result = Tool.Run("explain", "litmus/history/13e451fdc1af-fault-races-write.litmus", "--kernel", "v4.11", "--mail");
        Assert.All(result.Output.Split('\n'), line => Assert.True(line.Length <= 75, line));
        Assert.Contains("bad: v4.10, v4.11", result.Output);
        Assert.Contains("last bad v4.11, first good v4.12: ", result.Output);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string name) => Path.Combine(folder, name);
}

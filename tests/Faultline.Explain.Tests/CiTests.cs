using System.Text.Json;
using System.Xml.Linq;
using Faultline.Explain.Ci;
using Faultline.Explain.Dot;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Expectations;
using Faultline.Litmus.Verdicts;

namespace Faultline.Explain.Tests;

/// <summary>JUnit XML, SARIF, KTAP and DOT.</summary>
public sealed class CiTests
{
    private static readonly CheckResult Known = Checks.Run(
        Checks.CowRace, "v4.12+pfn-warn", expected: Expectation.Of(Observation.Sometimes, ["warn(insert_pfn)"]));

    private static readonly CheckResult Unknown = Checks.Run(Checks.HoleRace, "v6.15");
    private static readonly CheckResult Missing = Checks.Run(
        Checks.CowRace, "v4.12", expected: Expectation.Of(Observation.Sometimes, ["warn(insert_pfn)"]));

    private static readonly CheckResult Stopped = Checks.Stopped(Checks.CowRace, "v4.12", 50);
    private static readonly CiReport Report = CiReport.Of([Known, Unknown, Missing, Stopped], []);

    [Fact]
    public void JUnitTellsFailuresFromWhatIsNotDecided()
    {
        using var writer = new StringWriter();
        JUnit.Write(writer, Report);
        XElement root = XDocument.Parse(writer.ToString()).Root!;
        Assert.Equal(("4", "2", "1", "0"), ((string)root.Attribute("tests")!, (string)root.Attribute("failures")!, (string)root.Attribute("errors")!, (string)root.Attribute("skipped")!));
        List<XElement> cases = [.. root.Descendants("testcase")];
        Assert.Empty(cases.Single(c => (string)c.Attribute("name")! == "v4.12+pfn-warn ext4").Elements());
        XElement failure = root.Descendants("failure").First(f => ((string)f.Attribute("message")!).Contains("refinement"));
        Assert.Contains("shortest schedule", failure.Value);
        Assert.Contains("this is no proof", (string)root.Descendants("error").Single().Attribute("message")!);
    }

    [Fact]
    public void KtapHasAPlanAndAResultForEach()
    {
        using var writer = new StringWriter();
        Ktap.Write(writer, Report);
        string[] lines = writer.ToString().Split('\n');
        Assert.Equal(["KTAP version 1", "1..4"], lines[..2]);
        Assert.Contains("ok 1 generic-437 v4.12+pfn-warn ext4", lines);
        Assert.Single(lines, l => l.StartsWith("not ok 2 generic-344 v6.15 ext4 # expected no violation, found ", StringComparison.Ordinal));
        Assert.Single(lines, l => l.StartsWith("not ok 4 generic-437 v4.12 ext4 # TIMEOUT ", StringComparison.Ordinal));
        Assert.Contains("# Totals: pass:1 fail:2 xfail:0 xpass:0 skip:0 error:1", lines);
    }

    [Fact]
    public void SarifHasARuleForEachResultAndSaysWhatIsKnown()
    {
        using var stream = new MemoryStream();
        Sarif.Write(stream, Report);
        using JsonDocument log = JsonDocument.Parse(stream.ToArray());
        Assert.Equal("2.1.0", log.RootElement.GetProperty("version").GetString());
        JsonElement run = log.RootElement.GetProperty("runs")[0];
        HashSet<string> rules = [.. run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().Select(r => r.GetProperty("id").GetString()!)];
        List<JsonElement> results = [.. run.GetProperty("results").EnumerateArray()];
        Assert.All(results, r => Assert.Contains(r.GetProperty("ruleId").GetString()!, rules));
        Assert.Equal(
            "note",
            results.Single(r => r.GetProperty("partialFingerprints").GetProperty("finding/v1").GetString() == "generic-437 v4.12+pfn-warn ext4 warn(insert_pfn)")
                .GetProperty("level").GetString());
        Assert.Single(results, r => r.GetProperty("ruleId").GetString() == "Verdict");
        Assert.False(run.GetProperty("invocations")[0].GetProperty("executionSuccessful").GetBoolean());
        Assert.NotEmpty(results[0].GetProperty("codeFlows")[0].GetProperty("threadFlows")[0].GetProperty("locations").EnumerateArray());
    }

    /// <summary>Every kind of violation has a rule.</summary>
    [Fact]
    public void EveryKindHasARule()
    {
        IEnumerable<CiFinding> all = Enum.GetNames<Engine.ViolationKind>().Select(kind => new CiFinding(kind, kind, kind, false, []));
        using var stream = new MemoryStream();
        Sarif.Write(stream, new CiReport([new CiCase("t", "t.litmus", "v ext4", CiStatus.Failed, "", "", 0, [.. all])], false));
        using JsonDocument log = JsonDocument.Parse(stream.ToArray());
        JsonElement run = log.RootElement.GetProperty("runs")[0];
        HashSet<string> rules = [.. run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().Select(r => r.GetProperty("id").GetString()!)];
        Assert.All(run.GetProperty("results").EnumerateArray(), r => Assert.Contains(r.GetProperty("ruleId").GetString()!, rules));
    }

    /// <summary>The failure is drawn, the witness is bold to its last step, and states past the point of no return are marked.</summary>
    [Fact]
    public void TheGraphShowsTheWitness()
    {
        using var writer = new StringWriter();
        Finding finding = Known.Finding("warn(insert_pfn)");
        Assert.True(StateGraphDot.Write(writer, Known, finding));
        string[] lines = writer.ToString().Split('\n');
        Assert.Equal(finding.Witness!.Steps.Count, lines.Count(l => l.Contains("penwidth")));
        Assert.Contains(lines, l => l.Contains("fillcolor=red"));
        Assert.Contains(lines, l => l.Contains("fillcolor=lightpink"));
        Assert.Contains(lines, l => l.Contains("fillcolor=green"));
    }

    [Fact]
    public void AGraphThatIsTooLargeIsNotDrawn()
    {
        CheckResult large = Checks.Run(Checks.CowLoop, "v4.12");
        using var writer = new StringWriter();
        Assert.True(large.Search.States > StateGraphDot.MaxStates);
        Assert.False(StateGraphDot.Write(writer, large, large.Finding("I6")));
        Assert.Equal("", writer.ToString());
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;
using Faultline.Litmus;

namespace Faultline.Explain.Ci;

/// <summary>
/// Checks as SARIF 2.1.0: a rule for each kind of violation, a result for each violation of each kernel and filesystem, with the
/// schedule as a code flow. A violation that is known for that kernel is a note, one that is not an error.
/// </summary>
public static class Sarif
{
    private const string Schema = "https://json.schemastore.org/sarif-2.1.0.json";
    private const string Verdict = "Verdict";

    private static readonly Dictionary<string, string> Rules = new()
    {
        ["Warn"] = "A WARN of the kernel fires",
        ["Bug"] = "A BUG of the kernel stops a thread",
        ["DataRace"] = "Guarded data is touched without its lock",
        ["Deadlock"] = "Nobody can go on",
        ["LostWakeup"] = "A waiter is never woken",
        ["Livelock"] = "No end can be reached, though threads can go on",
        ["LockOrder"] = "Lock classes are taken in a circle",
        ["BadUnlock"] = "A lock is released by somebody who does not hold it",
        ["SleepInAtomic"] = "A thread may sleep with a spinlock held",
        ["LockHeldAtExit"] = "A thread ends with a lock held",
        ["Invariant"] = "An invariant of page tables, entries and blocks is broken",
        ["Refinement"] = "The outcome is one that no order of atomic operations has",
        [Verdict] = "The verdict is not the expected one",
    };

    /// <summary>Writes a report.</summary>
    public static void Write(Stream to, CiReport report)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(report);
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(to, options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", Schema);
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            json.WriteStartObject();
            WriteTool(json);
            WriteInvocation(json, report);
            json.WriteStartArray("results");
            foreach (CiCase one in report.Cases)
            {
                WriteResults(json, one);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        to.Write("\n"u8);
    }

    private static void WriteTool(Utf8JsonWriter json)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "faultline");
        json.WriteString("version", ToolVersion.Name);
        json.WriteStartArray("rules");
        foreach ((string id, string text) in Rules)
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            WriteText(json, "shortDescription", text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // What met a bound, or could not run, is no result but a notification.
    private static void WriteInvocation(Utf8JsonWriter json, CiReport report)
    {
        json.WriteStartArray("invocations");
        json.WriteStartObject();
        json.WriteBoolean("executionSuccessful", !report.Interrupted && report.Cases.All(c => c.Status != CiStatus.Undecided));
        json.WriteStartArray("toolExecutionNotifications");
        foreach (CiCase one in report.Cases.Where(c => c.Status is CiStatus.Undecided or CiStatus.Skipped))
        {
            json.WriteStartObject();
            json.WriteString("level", one.Status == CiStatus.Undecided ? "warning" : "note");
            WriteText(json, "message", $"{one.Test} on {one.Where}: {one.Summary}");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteResults(Utf8JsonWriter json, CiCase one)
    {
        foreach (CiFinding finding in one.Findings)
        {
            WriteResult(json, one, finding.Kind, finding.IsKnown ? "note" : "error", finding.Headline, finding);
        }

        bool unexplained = one.Status == CiStatus.Failed && one.Findings.All(f => f.IsKnown);
        if (unexplained)
        {
            WriteResult(json, one, Verdict, "error", $"{one.Test} on {one.Where}: {one.Summary}", null);
        }
    }

    private static void WriteResult(Utf8JsonWriter json, CiCase one, string rule, string level, string message, CiFinding? finding)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", rule);
        json.WriteString("level", level);
        WriteText(json, "message", message);
        json.WriteStartArray("locations");
        WriteLocation(json, one);
        json.WriteEndArray();
        json.WriteStartObject("partialFingerprints");
        json.WriteString("finding/v1", $"{one.Test} {one.Where} {finding?.Name ?? Verdict}");
        json.WriteEndObject();
        if (finding is { Steps.Count: > 0 })
        {
            WriteFlow(json, one, finding);
        }

        json.WriteEndObject();
    }

    private static void WriteFlow(Utf8JsonWriter json, CiCase one, CiFinding finding)
    {
        json.WriteStartArray("codeFlows");
        json.WriteStartObject();
        json.WriteStartArray("threadFlows");
        foreach (int thread in finding.Steps.Select(s => s.Thread).Distinct().Order())
        {
            json.WriteStartObject();
            json.WriteString("id", $"P{thread}");
            json.WriteStartArray("locations");
            foreach (((int Thread, string Text) step, int order) in finding.Steps.Select((s, i) => (s, i)).Where(s => s.s.Thread == thread))
            {
                json.WriteStartObject();
                json.WriteStartObject("location");
                WriteText(json, "message", step.Text);
                WritePlace(json, one);
                json.WriteEndObject();
                json.WriteNumber("executionOrder", order + 1);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteLocation(Utf8JsonWriter json, CiCase one)
    {
        json.WriteStartObject();
        WritePlace(json, one);
        json.WriteEndObject();
    }

    private static void WritePlace(Utf8JsonWriter json, CiCase one)
    {
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", string.Join('/', one.Path.Replace('\\', '/').Split('/').Select(Uri.EscapeDataString)));
        json.WriteEndObject();
        json.WriteStartObject("region");
        json.WriteNumber("startLine", 1);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }
}

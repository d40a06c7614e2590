using Faultline.Explain.Stories;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Ci;

/// <summary>How a check ended, in the four words that test reports have.</summary>
public enum CiStatus
{
    /// <summary>As expected.</summary>
    Passed,

    /// <summary>Not as expected.</summary>
    Failed,

    /// <summary>A bound was met: nothing is decided.</summary>
    Undecided,

    /// <summary>Not run: the version or filesystem lacks what the test uses.</summary>
    Skipped,
}

/// <summary>One check as test reports have it.</summary>
/// <param name="Test">Name of the test.</param>
/// <param name="Path">Path of the test's file.</param>
/// <param name="Where">Kernel and filesystem.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Summary">One line: what was expected and found, or why it was not run.</param>
/// <param name="Details">What <c>check</c> prints of it; empty where it was not run.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Findings">What went wrong, whether or not that was expected.</param>
public sealed record CiCase(
    string Test, string Path, string Where, CiStatus Status, string Summary, string Details, double Seconds, IReadOnlyList<CiFinding> Findings);

/// <summary>Something that went wrong in a check.</summary>
/// <param name="Name">Its name: <c>warn(insert_pfn)</c>.</param>
/// <param name="Kind">Its kind: Warn, Invariant, Refinement, ...</param>
/// <param name="Headline">What happened, in one sentence.</param>
/// <param name="IsKnown">The test's <c>.expected</c> file knows it for this kernel and filesystem.</param>
/// <param name="Steps">The shortest schedule in sentences, with the thread of each; empty: none.</param>
public sealed record CiFinding(string Name, string Kind, string Headline, bool IsKnown, IReadOnlyList<(int Thread, string Text)> Steps);

/// <summary>What JUnit, SARIF and KTAP are written from.</summary>
/// <param name="Cases">All checks, in the order they were asked for; those that were not run last.</param>
/// <param name="Interrupted">Not all of them were made.</param>
public sealed record CiReport(IReadOnlyList<CiCase> Cases, bool Interrupted)
{
    /// <summary>Reports checks.</summary>
    /// <param name="results">The checks.</param>
    /// <param name="notRun">What could not run.</param>
    /// <param name="interrupted">Not all were made.</param>
    public static CiReport Of(IReadOnlyList<CheckResult> results, IReadOnlyList<NotRun> notRun, bool interrupted = false) =>
        new([.. results.Select(Case), .. notRun.Select(Skipped)], interrupted);

    private static CiCase Case(CheckResult result)
    {
        CiStatus status = result.ExitCode switch { 0 => CiStatus.Passed, 3 => CiStatus.Undecided, _ => CiStatus.Failed };
        string summary = status switch
        {
            CiStatus.Passed => $"as expected: {result.Found}",
            CiStatus.Undecided => $"not complete: stopped by {result.Search.StoppedBy ?? "a bound"}; this is no proof",
            _ => $"expected {result.Expected?.ToString() ?? "no violation"}, found {result.Found}",
        };
        using var details = new StringWriter();
        Text.Summary.Write(details, result);
        return new CiCase(
            result.Test.Name,
            result.Test.Path,
            Where(result.Machine.Version.Name, ModelNames.Of(result.Machine.Filesystem)),
            status,
            summary,
            details.ToString(),
            result.Verdict.Time.TotalSeconds,
            [.. result.Findings.Where(f => f.Violation is not null).Select(f => Finding(result, f))]);
    }

    private static CiFinding Finding(CheckResult result, Finding finding)
    {
        Story story = StoryBuilder.Build(result, finding);
        IEnumerable<(int, string)> steps = (story.Run?.Digest ?? []).OfType<TimelineCell>()
            .Select(c => (c.Thread, $"{story.Threads[c.Thread]}, step {c.Step}: {c.Text}"));
        return new CiFinding(
            finding.Name,
            finding.Violation!.Value.Kind.ToString(),
            story.Headline,
            result.Expected?.Violations.Contains(finding.Name) ?? false,
            [.. steps]);
    }

    private static CiCase Skipped(NotRun not) => new(
        not.File.Test!.Name,
        not.File.Path,
        Where(not.Kernel.Name, ModelNames.Of(not.Filesystem)),
        CiStatus.Skipped,
        string.Join("; ", not.Reasons),
        "",
        0,
        []);

    private static string Where(string kernel, string filesystem) => $"{kernel} {filesystem}";
}

using System.Globalization;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Real.Histograms;

namespace Faultline.Real.LabRuns;

/// <summary>Results of a run in the lab, in words.</summary>
public static class LabText
{
    /// <summary>Writes one result: findings first, then kernel and model side by side.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="result">The result.</param>
    public static void Write(TextWriter writer, LabResult result)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(result);
        if (result.Verdict == LabVerdict.NotRun)
        {
            writer.WriteLine($"NOT RUN {result.Name}: {result.WhyNot}");
            writer.WriteLine();
            return;
        }

        writer.WriteLine($"== {result.Name} ==");
        switch (result.Outcome!.End)
        {
            case LabEnd.Panicked:
                writer.WriteLine($"FINDING: {result.Name} ended the guest. {result.Outcome.Words}");
                break;
            case LabEnd.GivenUp:
                writer.WriteLine($"GIVEN UP: {result.Name} did not come back; {result.Outcome.Words}");
                break;
        }

        if (result.Comparison is { } comparison)
        {
            if (comparison.IsComplaintUnknown)
            {
                writer.WriteLine($"FINDING: the kernel's log has a WARN or BUG, and the model of {comparison.Allowed.Kernel} has none:");
                comparison.KernelLog.ToList().ForEach(line => writer.WriteLine($"  {line}"));
            }

            if (!comparison.IsComplaintUnknown && comparison.KernelLog.Count > 0 && comparison.Allowed.Complaints.Count > 0)
            {
                writer.WriteLine($"REPRODUCED: the kernel's log has a WARN or BUG, and the model of {comparison.Allowed.Kernel} has {string.Join(", ", comparison.Allowed.Complaints)}");
            }

            ComparisonText.WriteSideBySide(writer, comparison);
        }

        writer.WriteLine();
    }

    /// <summary>Writes what all results are together: findings first, then a line for each.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="session">Where they ran.</param>
    /// <param name="model">The version that they were held against.</param>
    /// <param name="results">The results.</param>
    public static void Summary(TextWriter writer, LabSession session, KernelVersion model, IReadOnlyList<LabResult> results)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(results);
        string[] findings = [.. results.Where(r => r.Verdict == LabVerdict.Finding).Select(r => r.Name)];
        if (findings.Length > 0)
        {
            writer.WriteLine($"FINDINGS: {string.Join(", ", findings)}");
        }

        LabResult[] run = [.. results.Where(r => r.Verdict != LabVerdict.NotRun)];
        string[][] rows =
        [
            ["test", "fs", "kernel: rounds", "states", "model: allowed", "outside", "verdict"],
            .. run.OrderBy(r => r.Verdict != LabVerdict.Finding).Select(Row),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in run.Length > 0 ? rows : [])
        {
            writer.WriteLine(string.Join("  ", row.Select((cell, i) => i is > 1 and < 6 ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
        }

        string counts = string.Join(", ", results.GroupBy(r => r.Verdict).OrderBy(g => g.Key).Select(g => $"{g.Count()} {(g.Key == LabVerdict.Agrees && g.Count() > 1 ? "agree" : Word(g.Key))}"));
        writer.WriteLine($"{session.Kernel.Release} ({session.Kernel.Package}) against the model of {model.Name}: {(counts.Length > 0 ? counts : "nothing was run")}");
        if (session.FirstTest is { } first)
        {
            string boots = string.Join(", ", session.Boots.Select(b => Seconds(b)));
            writer.WriteLine($"{run.Length} tests in {session.Boots.Count} boot{(session.Boots.Count == 1 ? "" : "s")} of {boots}; the first test started after {Seconds(first)}");
        }
    }

    private static string[] Row(LabResult result)
    {
        Comparison? compared = result.Comparison;
        return
        [
            result.File.Test!.Name, ModelNames.Of(result.Filesystem), Number(compared?.Seen.Rounds), Number(compared?.Seen.States.Count),
            Number(compared?.Allowed.Model.Count), Number(compared?.Outside.Count), Word(result.Verdict),
        ];
    }

    private static string Number(long? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? "-";

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s");

    private static string Word(LabVerdict verdict) => verdict switch
    {
        LabVerdict.Agrees => "agrees",
        LabVerdict.Reproduced => "reproduced",
        LabVerdict.Finding => "FINDING",
        LabVerdict.NotRun => "not run",
        _ => "undecided",
    };
}

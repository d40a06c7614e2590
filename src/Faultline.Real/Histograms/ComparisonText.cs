using System.Globalization;
using Faultline.Litmus.Checking;
using Faultline.Real.Runs;

namespace Faultline.Real.Histograms;

/// <summary>A comparison in words: findings first, then the log, then how much of what is allowed was seen.</summary>
public static class ComparisonText
{
    private const int NotSeenShown = 8;

    /// <summary>Writes it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="comparison">What.</param>
    public static void Write(TextWriter writer, Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(comparison);
        WriteFindings(writer, comparison);
        comparison.Seen.Write(writer);
        WriteSurroundings(writer, comparison.Seen);
        WriteCoverage(writer, comparison);
    }

    /// <summary>Writes it with kernel and model side by side: a line for each state, how often the kernel ended in it, and what the model says of it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="comparison">What.</param>
    public static void WriteSideBySide(TextWriter writer, Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(comparison);
        WriteFindings(writer, comparison);
        int width = Math.Max("kernel".Length, Number(comparison.Seen.Rounds).Length);
        writer.WriteLine($"  {"kernel".PadLeft(width)}  model    state");
        foreach (SeenState state in comparison.Seen.States)
        {
            string model = comparison.Outside.Contains(state) ? comparison.Allowed.IsComplete ? "never" : "unknown"
                : comparison.Reproduced.Contains(state) ? "a bug" : "allowed";
            writer.WriteLine($"  {Number(state.Count).PadLeft(width)}  {model,-7}  {state.Line}");
        }

        foreach (string line in comparison.NotSeen.Take(NotSeenShown))
        {
            writer.WriteLine($"  {"-".PadLeft(width)}  {(comparison.Allowed.Atomic?.Contains(line) == false ? "a bug" : "allowed"),-7}  {line}");
        }

        foreach (string note in comparison.Seen.Notes.Where(n => !HistogramLog.IsHeader(n)))
        {
            writer.WriteLine($"  {note}");
        }

        WriteSurroundings(writer, comparison.Seen);
        writer.WriteLine(Coverage(comparison) + (comparison.NotSeen.Count > NotSeenShown ? $"; {comparison.NotSeen.Count - NotSeenShown} that were not seen are left out here" : ""));
    }

    private static void WriteFindings(TextWriter writer, Comparison comparison)
    {
        string where = Where(comparison);
        if (comparison.Outside.Count > 0)
        {
            writer.WriteLine(comparison.Allowed.IsComplete
                ? $"FINDING: {comparison.Seen.TestName} ended as the model of {where} never does:"
                : $"{comparison.Seen.TestName} ended as the model of {where} did not before its search was cut short:");
            WriteStates(writer, comparison.Outside);
            writer.WriteLine();
        }

        if (comparison.Reproduced.Count > 0)
        {
            writer.WriteLine($"REPRODUCED: the model of {where} has it, and atomic loads, stores and system calls could not do it:");
            WriteStates(writer, comparison.Reproduced);
            writer.WriteLine();
        }
    }

    /// <summary>Writes what a histogram's rounds ran on, when it says so.</summary>
    public static void WriteSurroundings(TextWriter writer, Histogram histogram)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(histogram);
        foreach (Surroundings on in histogram.Notes.Select(Surroundings.Parse).OfType<Surroundings>().DistinctBy(s => (s.Kernel, s.Filesystem, s.IsDax)))
        {
            string dax = on.IsDax switch
            {
                true => "DAX is on",
                false => "DAX is off: this is the page cache's doing, and the model speaks of DAX; mount with -o dax=always for it",
                null => "the kernel does not say whether DAX is on (statx says it since v5.8)",
            };
            writer.WriteLine($"Kernel {on.Kernel}, {on.Filesystem}, {on.Cpus} CPUs: {dax}");
        }
    }

    private static string Where(Comparison comparison) =>
        $"{comparison.Allowed.Kernel}, {string.Join(" or ", comparison.Allowed.Filesystems.Select(ModelNames.Of))}";

    private static string Coverage(Comparison comparison)
    {
        int allowed = comparison.Allowed.Model.Count, seen = allowed - comparison.NotSeen.Count;
        return $"Model {Where(comparison)}: {seen} of {allowed} allowed states were seen in {Number(comparison.Seen.Rounds)} rounds, {comparison.Outside.Count} outside"
            + (comparison.Allowed.IsComplete ? "" : "; the search was cut short, so what is outside may be allowed");
    }

    private static void WriteCoverage(TextWriter writer, Comparison comparison)
    {
        writer.WriteLine(Coverage(comparison));
        foreach (string line in comparison.NotSeen.Take(NotSeenShown))
        {
            writer.WriteLine($"  not seen: {line}");
        }

        if (comparison.NotSeen.Count > NotSeenShown)
        {
            writer.WriteLine($"  and {comparison.NotSeen.Count - NotSeenShown} more");
        }
    }

    private static void WriteStates(TextWriter writer, IReadOnlyList<SeenState> states)
    {
        foreach (SeenState state in states)
        {
            writer.WriteLine($"  {Number(state.Count)} times {state.Line}");
        }
    }

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}

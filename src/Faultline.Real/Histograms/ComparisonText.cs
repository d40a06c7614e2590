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
        string where = $"{comparison.Allowed.Kernel}, {string.Join(" or ", comparison.Allowed.Filesystems.Select(ModelNames.Of))}";
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

        comparison.Seen.Write(writer);
        WriteSurroundings(writer, comparison.Seen);
        WriteCoverage(writer, comparison, where);
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

    private static void WriteCoverage(TextWriter writer, Comparison comparison, string where)
    {
        int allowed = comparison.Allowed.Model.Count, seen = allowed - comparison.NotSeen.Count;
        writer.WriteLine(
            $"Model {where}: {seen} of {allowed} allowed states were seen in {comparison.Seen.Rounds.ToString("N0", CultureInfo.InvariantCulture)} rounds, {comparison.Outside.Count} outside"
            + (comparison.Allowed.IsComplete ? "" : "; the search was cut short, so what is outside may be allowed"));
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
            writer.WriteLine($"  {state.Count.ToString("N0", CultureInfo.InvariantCulture)} times {state.Line}");
        }
    }
}

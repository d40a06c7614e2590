using System.Runtime.CompilerServices;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Expectations;
using Faultline.Litmus.Matrix;
using Faultline.Litmus.Verdicts;

namespace Faultline.Litmus.Tests.Corpus;

/// <summary>The catalogue of real bugs: both sides of each, and no behaviour of a version that nobody would miss.</summary>
public sealed class HistoryTests
{
    private const int EntriesAtLeast = 28;
    private static readonly string[] Families = ["history", "seed", "fstests", "findings", "corrected"];

    private static readonly IReadOnlyList<TestFile> History =
        [.. Directory.EnumerateFiles(Folder("history"), "*.litmus").Order(StringComparer.Ordinal).Select(f => TestFile.Load(f, CompileLimits.Search))];

    /// <summary>Each entry is bad somewhere and good somewhere; that the .expected files tell the truth is for <see cref="CorpusTests"/>.</summary>
    [Fact]
    public void Every_entry_of_the_catalogue_has_both_sides()
    {
        var entries = History
            .SelectMany(file => file.Test!.Info.Where(i => i.Key == "Catalogue").SelectMany(i => i.Value.Split(',')), (file, number) => (file, Number: number.Trim()))
            .GroupBy(e => e.Number)
            .ToList();
        Assert.True(entries.Count >= EntriesAtLeast, $"{entries.Count} entries");
        Assert.Empty(entries.Where(e => !e.Any(t => IsBadAndGood(t.file))).Select(e => e.Key));
    }

    /// <summary>A commit taken out of the first version that has it, or of a later one, changes the verdict of some test.</summary>
    [Fact]
    public void Some_test_notices_each_change_of_a_behaviour()
    {
        IReadOnlyList<TestFile> all =
        [
            .. Families
                .SelectMany(f => Directory.EnumerateFiles(Folder(f), "*.litmus").Order(StringComparer.Ordinal))
                .Select(f => TestFile.Load(f, CompileLimits.Search))
                .Where(f => f.Program is not null && !f.IsForCostOnly),
        ];
        IReadOnlyList<BehaviourFlip> flips = BehaviourFlips.Run(
            all, Enum.GetValues<FilesystemKind>(), CheckOptions.Default, Environment.ProcessorCount, stopAtFirst: true);
        Assert.Equal(BehaviourChanges.All.Count, flips.Count);
        Assert.All(flips, f => Assert.True(f.IsComplete));
        Assert.Empty(flips.Where(f => !f.IsExercised).Select(f => f.Change.ToString()));
    }

    private static bool IsBadAndGood(TestFile file)
    {
        List<bool> bad = [.. file.Expected!.Entries.Select(e => IsBad(file, e.Expectation))];
        return bad.Contains(true) && bad.Contains(false);
    }

    private static bool IsBad(TestFile file, Expectation expected) =>
        expected.Violations.Count > 0
        || (file.Test!.Condition.Quantifier == Quantifier.Forall ? expected.Observation != Observation.Always : expected.Observation != Observation.Never);

    private static string Folder(string family, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "litmus", family));
}

using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Engine.Tests;
using Faultline.Kernel;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Compile;

namespace Faultline.Bench;

/// <summary>What it brings to take threads with equal programs for interchangeable.</summary>
internal static class SymmetryFigures
{
    private static readonly string[] CorpusTests =
    [
        "litmus/history/965d004af540-three-loads-of-a-hole.litmus",
        "litmus/history/25bbe21bf427-page-gone-while-waiting.litmus",
        "litmus/seed/generic-437-loop.litmus",
    ];

    /// <summary>Searches with and without, in turns, medians.</summary>
    public static int Print(int repeats)
    {
        Console.WriteLine($"one core, medians of {repeats} runs of each, in turns; states of a reduced search are those of its last pass");
        Console.WriteLine($"{"",-62}{"states",12}{"symmetric",12}{"ratio",8}{"seconds",10}{"symmetric",11}{"ratio",8}");
        bool same = true;
        foreach ((string name, Func<Model> model) in Models())
        {
            same &= Compare(name, repeats, symmetry => ExhaustiveSearch.Run(model(), symmetry: symmetry));
            same &= Compare($"{name}, reduced", repeats, symmetry => ReducedSearch.Run(model(), symmetry: symmetry));
        }

        return same ? 0 : 1;
    }

    private static IEnumerable<(string Name, Func<Model> Model)> Models()
    {
        yield return ("three counters of 6 rounds", () => new ThreeCounters(3, 6));
        yield return ("lock-check-act (3,2), dying in any order", () => new LockCheckAct(3, 2, diesInOrder: false));
        yield return ("lock-check-act (4,2), dying in any order", () => new LockCheckAct(4, 2, diesInOrder: false));
        yield return ("lock-check-act (4,2), guarded words", () => new LockCheckActGuarded(4, 2));
        foreach (string path in CorpusTests)
        {
            TestFile file = TestFile.Load(path, CompileLimits.Search);
            OutcomeSet? reference = AtomicReference.Explore(file.Program!, SearchLimits.None);
            yield return ($"{Path.GetFileNameWithoutExtension(path)}, v6.12", () =>
                new Machine(file.Program!, KernelVersions.Find("v6.12")!, FilesystemKind.Ext4) { Reference = reference });
        }
    }

    private static bool Compare(string name, int repeats, Func<bool, SearchResult> search)
    {
        var runs = new List<SearchResult>[] { [], [] };
        for (int i = 0; i < repeats; i++)
        {
            runs[0].Add(search(false));
            runs[1].Add(search(true));
        }

        SearchResult all = runs[0][0], symmetric = runs[1][0];
        double without = runs[0].Select(r => r.Elapsed.TotalSeconds).Median(), with = runs[1].Select(r => r.Elapsed.TotalSeconds).Median();
        bool same = all.EndStates == symmetric.EndStates && all.Violations.SequenceEqual(symmetric.Violations)
            && (all.IsReduced || symmetric.StatesStoodFor == all.States);
        Console.WriteLine(
            $"{name,-62}{all.States,12:N0}{symmetric.States,12:N0}{(double)all.States / symmetric.States,7:N2}x{without,10:N3}{with,11:N3}{without / with,7:N2}x"
            + (same ? "" : "  NOT THE SAME"));
        return same;
    }
}

using Faultline.Engine.Search;

namespace Faultline.Bench.Spin;

/// <summary>Are both sides of each family the same model? Counts of small sizes, without reduction, and the verdicts.</summary>
internal static class SpinCounts
{
    private static readonly SpinSetting Setting = SpinSetting.All.First(s => !s.Reduced);

    /// <summary>Prints both sides' counts; 1 when any differ.</summary>
    public static int Print() => SpinComparison.Guarded(tool =>
    {
        Console.WriteLine(tool.Versions);
        Console.WriteLine($"{"without reduction",-36}{"states",10}{"spin's",10}{"transitions",13}{"spin's",10}  verdict");
        int different = 0;
        foreach (Problem problem in Problem.Counted.Concat(Problem.Careless))
        {
            SearchResult own = ExhaustiveSearch.Run(problem.Model());
            Sample spin = tool.Verify(tool.Build(problem, Setting), own.States);
            bool failed = own.Violations.Count > 0;

            // Spin stops at the first error, so only the verdict can be compared there.
            bool same = failed == spin.Failed && (failed || (own.States == spin.States && own.Transitions == spin.Transitions));
            different += same ? 0 : 1;
            Console.WriteLine(
                $"{problem.Name,-36}{own.States,10:N0}{(failed ? "" : $"{spin.States:N0}"),10}{own.Transitions,13:N0}"
                + $"{(failed ? "" : $"{spin.Transitions:N0}"),10}  {(failed ? "an error" : "none")}, {(same ? "the same" : "DIFFERENT")}");
        }

        Console.WriteLine(different == 0 ? "all the same" : $"{different} DIFFERENT");
        return different == 0 ? 0 : 1;
    });
}

using System.Diagnostics;
using Faultline.Engine;
using Faultline.Engine.Search;

namespace Faultline.Bench.Spin;

/// <summary>A row of a comparison: something that searches one problem, and how it did each time.</summary>
/// <param name="Name">Name of the row.</param>
/// <param name="Cores">Cores it keeps busy.</param>
/// <param name="Reduced">It need not visit every state.</param>
/// <param name="Ours">This engine, on the problem's own model.</param>
/// <param name="Run">Searches once.</param>
internal sealed record Contender(string Name, int Cores, bool Reduced, bool Ours, Func<Sample> Run)
{
    private static readonly Strategy[] Symmetric =
    [
        new("faultline symmetric", 1, Reduced: true, (model, limits) => ExhaustiveSearch.Run(model, limits: limits, symmetry: true)),
        new("faultline reduced symmetric", 1, Reduced: true, (model, limits) => ReducedSearch.Run(model, limits: limits, symmetry: true)),
    ];

    private readonly List<Sample> samples = [];

    /// <summary>False for the guarded model, which has other steps, and checks more.</summary>
    public bool SameModel { get; init; } = true;

    /// <summary>It is this engine, on any model.</summary>
    public bool CompilesOnTheWay { get; init; }

    /// <summary>The run of median time.</summary>
    public Sample Median => samples.OrderBy(s => s.Seconds).ElementAt(samples.Count / 2);

    /// <summary>Transitions per second and core.</summary>
    public double Speed => Median.Transitions / Median.Seconds / Cores;

    public void Measure() => samples.Add(Run());

    /// <summary>Lets the runtime compile what this engine needs here, as Spin's verifier is compiled before it is measured.</summary>
    public void WarmUp()
    {
        for (var clock = Stopwatch.StartNew(); CompilesOnTheWay && clock.Elapsed.TotalSeconds < 1;)
        {
            Run();
        }
    }

    /// <summary>All that search one problem.</summary>
    public static Contender[] Of(Problem problem, SpinTool tool, long states) =>
    [
        .. Strategies.All.Select(s => new Contender(s.Name, s.Cores, s.Reduced, Ours: true, () => Search(s, problem.Model())) { CompilesOnTheWay = true }),
        .. problem.Guarded is { } guarded
            ? Strategies.All.Select(s =>
                new Contender($"{s.Name}, guarded words", s.Cores, Reduced: true, Ours: false, () => Search(s, guarded())) { SameModel = false, CompilesOnTheWay = true })
            : [],
        .. problem.EqualThreads is { } equal
            ? Symmetric.Select(s =>
                new Contender($"{s.Name}, any order", s.Cores, Reduced: true, Ours: false, () => Search(s, equal())) { SameModel = false, CompilesOnTheWay = true })
            : [],
        .. SpinSetting.All.Select(s => OfSpin(s, tool, tool.Build(problem, s), states)),
    ];

    private static Contender OfSpin(SpinSetting setting, SpinTool tool, string verifier, long states) =>
        new(setting.Name, setting.Cores, setting.Reduced, Ours: false, () => tool.Verify(verifier, states));

    private static Sample Search(Strategy strategy, Model model)
    {
        SearchResult result = strategy.Run(model, SearchLimits.None);
        return new Sample(
            result.StatesOfAllPasses ?? result.States, result.TransitionsOfAllPasses ?? result.Transitions, result.Elapsed.TotalSeconds, result.VisitedBytes, result.Violations.Count > 0, result.Complete);
    }
}

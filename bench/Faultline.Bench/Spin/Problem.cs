using Faultline.Engine;
using Faultline.Engine.Tests;

namespace Faultline.Bench.Spin;

/// <summary>A model that exists twice, step for step alike.</summary>
/// <param name="Name">What to call it on the command line.</param>
/// <param name="Promela">The Promela file, without its extension.</param>
/// <param name="Defines">Its parameters, as Spin takes them.</param>
/// <param name="Model">The same in C#.</param>
internal sealed record Problem(string Name, string Promela, string[] Defines, Func<Model> Model)
{
    /// <summary>The same race written as kernel code is here, with words guarded by a lock: other steps, the same question.</summary>
    public Func<Model>? Guarded { get; init; }

    /// <summary>The same, but that processes die in any order, which leaves equal threads equal.</summary>
    public Func<Model>? EqualThreads { get; init; }

    /// <summary>Takes minutes and gigabytes: only run when it is named.</summary>
    public bool OnlyByName { get; init; }

    private static readonly string[] CarelessOption = ["-DCARELESS"];

    /// <summary>What the comparisons run.</summary>
    public static readonly Problem[] Timed =
    [
        ThreeCounters(10),
        LockCheckAct(3, 2),
        LockCheckAct(3, 4),
        LockCheckAct(4, 2),
        LockCheckAct(4, 3) with { OnlyByName = true },
        FaultTruncate(4, 3, 2),
        FaultTruncate(3, 4, 3),
        EntryHandOver(4, 6, 2),
        EntryHandOver(4, 5, 4),
    ];

    /// <summary>Small ones, whose counts are compared; the engine's tests hold some of the numbers.</summary>
    public static readonly Problem[] Counted =
    [
        ThreeCounters(1), ThreeCounters(4),
        LockCheckAct(2, 1), LockCheckAct(3, 1), LockCheckAct(2, 2), LockCheckAct(3, 2),
        FaultTruncate(1, 1, 1), FaultTruncate(2, 1, 1), FaultTruncate(2, 2, 2), FaultTruncate(3, 2, 2), FaultTruncate(3, 2, 3),
        EntryHandOver(1, 1, 1), EntryHandOver(2, 1, 1), EntryHandOver(3, 2, 2), EntryHandOver(4, 2, 3), EntryHandOver(4, 3, 2),
    ];

    /// <summary>The same families with the bug that their checks are there to find.</summary>
    public static readonly Problem[] Careless =
    [
        FaultTruncate(1, 1, 1, careless: true), FaultTruncate(3, 2, 2, careless: true),
        EntryHandOver(2, 1, 1, careless: true), EntryHandOver(4, 2, 2, careless: true),
    ];

    private static Problem ThreeCounters(int rounds) =>
        new($"three-counters-{rounds}", "three-counters", [$"-DROUNDS={rounds}"], () => new ThreeCounters(3, rounds));

    private static Problem LockCheckAct(int n, int k) =>
        new($"lock-check-act-{n}-{k}", "lock-check-act", [$"-DN={n}", $"-DK={k}"], () => new LockCheckAct(n, k))
        {
            Guarded = () => new LockCheckActGuarded(n, k),
            EqualThreads = () => new LockCheckAct(n, k, diesInOrder: false),
        };

    private static Problem FaultTruncate(int n, int k, int p, bool careless = false) =>
        WithPages("fault-truncate", n, k, p, careless, () => new FaultTruncate(n, k, p, careless));

    private static Problem EntryHandOver(int n, int k, int p, bool careless = false) =>
        WithPages("entry-hand-over", n, k, p, careless, () => new EntryHandOver(n, k, p, careless));

    private static Problem WithPages(string name, int n, int k, int p, bool careless, Func<Model> model) => new(
        $"{name}-{n}-{k}-{p}{(careless ? "-careless" : "")}",
        name,
        [$"-DN={n}", $"-DK={k}", $"-DP={p}", .. careless ? CarelessOption : []],
        model);
}

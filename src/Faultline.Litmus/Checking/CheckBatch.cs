using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;

namespace Faultline.Litmus.Checking;

/// <summary>A check to make.</summary>
/// <param name="File">The test.</param>
/// <param name="Kernel">Kernel version.</param>
/// <param name="Filesystem">Filesystem.</param>
public sealed record CheckRequest(TestFile File, KernelVersion Kernel, FilesystemKind Filesystem);

/// <summary>
/// Makes many checks. The versions of one test on one filesystem are checked one after another, so that they share searches
/// (<see cref="EquivalentRuns"/>); several such runs go on at a time.
/// </summary>
public sealed class CheckBatch
{
    private readonly IReadOnlyList<CheckRequest> requests;
    private readonly CheckOptions options;
    private readonly TaskCompletionSource<CheckResult?>[] results;
    private readonly List<int[]> runs;
    private readonly Dictionary<TestFile, Lazy<OutcomeSet?>> references;
    private int taken = -1;
    private volatile bool abandoned;

    private CheckBatch(IReadOnlyList<CheckRequest> requests, CheckOptions options, int workers)
    {
        this.requests = requests;
        results = [.. requests.Select(_ => new TaskCompletionSource<CheckResult?>(TaskCreationOptions.RunContinuationsAsynchronously))];
        runs = [.. requests.Index().GroupBy(r => (r.Item.File, r.Item.Filesystem)).Select(g => g.Select(r => r.Index).ToArray())];
        int together = Math.Clamp(runs.Count, 1, workers);
        this.options = options with
        {
            SearchWorkers = Math.Max(1, options.SearchWorkers / together),
            Limits = options.Limits with { MaxMemory = options.Limits.MaxMemory / together },
        };
        references = requests.Select(r => r.File).Distinct().ToDictionary(f => f, f => Checker.ReferenceOf(f.Program!, options));
    }

    /// <summary>
    /// The results in the order of the requests, each as soon as it and all before it are there. After an interruption: those before
    /// the first check that was not begun.
    /// </summary>
    /// <param name="requests">The checks.</param>
    /// <param name="options">How to check.</param>
    /// <param name="workers">Searches at a time.</param>
    public static IEnumerable<CheckResult> Run(IReadOnlyList<CheckRequest> requests, CheckOptions options, int workers)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(options);
        return new CheckBatch(requests, options, workers).Results(workers);
    }

    private IEnumerable<CheckResult> Results(int workers)
    {
        for (int i = 0; i < Math.Min(workers, runs.Count); i++)
        {
            new Thread(Work) { IsBackground = true, Name = $"search {i}" }.Start();
        }

        try
        {
            foreach (TaskCompletionSource<CheckResult?> slot in results)
            {
                if (slot.Task.GetAwaiter().GetResult() is not { } result)
                {
                    yield break;
                }

                yield return result;
            }
        }
        finally
        {
            abandoned = true;
        }
    }

    private void Work()
    {
        for (int next = Interlocked.Increment(ref taken); next < runs.Count; next = Interlocked.Increment(ref taken))
        {
            RunOne(runs[next]);
        }
    }

    private void RunOne(int[] run)
    {
        CheckRequest first = requests[run[0]];
        var equivalent = new EquivalentRuns(first.File, first.Filesystem, options, references[first.File]);
        foreach (int request in run)
        {
            try
            {
                bool stopped = abandoned || options.Limits.Cancellation.IsCancellationRequested;
                results[request].SetResult(stopped ? null : equivalent.Check(requests[request].Kernel));
            }
            catch (Exception e)
            {
                results[request].SetException(e);
            }
        }
    }
}

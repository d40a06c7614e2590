using System.Runtime.CompilerServices;
using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Real.Histograms;
using Faultline.Real.Repro;
using Faultline.Real.Runs;

namespace Faultline.Real.LabRuns;

/// <summary>How tests are run in a guest.</summary>
/// <param name="Seconds">How long each test's rounds go on; above 0.</param>
/// <param name="Limit">A test that has not come back after so long is given up; longer than <paramref name="Seconds"/>.</param>
/// <param name="Watch">How much of the end of a round is observed.</param>
/// <param name="Limits">Bounds of each search of the model.</param>
public sealed record LabRunOptions(double Seconds, TimeSpan Limit, Watch Watch, SearchLimits Limits)
{
    private const int LongestHang = 30;

    // A round that hangs is noticed by the program itself, before the whole program is given up.
    internal ReproOptions Program => new(Seconds, Watch)
    {
        HangSeconds = (int)Math.Clamp((Limit.TotalSeconds - Seconds) / 2, 1, LongestHang),
    };
}

/// <summary>A test to run on a filesystem.</summary>
/// <param name="File">The test.</param>
/// <param name="Filesystem">The filesystem.</param>
public sealed record LabJob(TestFile File, FilesystemKind Filesystem);

/// <summary>
/// Runs tests in a guest and holds each against the model. While one runs, the next is compiled, and the model is searched.
/// </summary>
/// <param name="session">Where they run.</param>
/// <param name="model">The modelled version that they are held against.</param>
/// <param name="options">How.</param>
/// <param name="progress">Is told what goes on: the job, and what is done with it.</param>
public sealed class LabRun(LabSession session, KernelVersion model, LabRunOptions options, Action<LabJob, string> progress)
{
    private readonly Dictionary<TestFile, Task<LabProgram>> programs = [];

    /// <summary>Runs them.</summary>
    /// <param name="jobs">The tests, in the order in which they run; those of one test beside each other.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>A result for each, as soon as it is there.</returns>
    /// <exception cref="RunException">A program cannot be compiled.</exception>
    /// <exception cref="Lab.LabException">A guest cannot be had.</exception>
    public async IAsyncEnumerable<LabResult> Run(IReadOnlyList<LabJob> jobs, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        DirectoryInfo folder = ReproRun.Scratch();
        try
        {
            LabJob[] able = [.. jobs.Where(j => WhyNot(j) is null)];
            int at = 0;
            foreach (LabJob job in jobs)
            {
                if (WhyNot(job) is { } why)
                {
                    yield return new LabResult(job.File, job.Filesystem, null, null, why);
                    continue;
                }

                progress(job, "compiling it, and booting a guest if there is none");
                Task<LabProgram> program = Compile(job.File, folder.FullName, cancellation);
                await Task.WhenAll(program, session.Boot(cancellation));
                _ = ++at < able.Length ? Compile(able[at].File, folder.FullName, cancellation) : null;
                yield return await Run(job, await program, cancellation);
            }
        }
        finally
        {
            await Settle();
            folder.Delete(recursive: true);
        }
    }

    private async Task<LabResult> Run(LabJob job, LabProgram program, CancellationToken cancellation)
    {
        ObservedSet observed = ObservedSet.Of(program.Test, options.Watch);
        Task<AllowedOutcomes> search = Task.Run(
            () => AllowedOutcomes.Explore(job.File.Program!, observed, model, [job.Filesystem], options.Limits), CancellationToken.None);
        progress(job, "running on the kernel");
        LabOutcome outcome = await session.Run(program, ModelNames.Of(job.Filesystem), options.Seconds, options.Limit, cancellation);
        progress(job, "searching the model");
        AllowedOutcomes allowed = await search;
        cancellation.ThrowIfCancellationRequested();
        Comparison? comparison = outcome.Histogram is { } seen ? new Comparison(seen, allowed) : null;
        return new LabResult(job.File, job.Filesystem, outcome, comparison, outcome.End == LabEnd.CouldNotBeTried ? outcome.Words : "");
    }

    private string? WhyNot(LabJob job) => LabProgram.WhyNot(job.File)
        ?? (NotRun.Of(job.File, model, job.Filesystem) is { } not ? string.Join("; ", not.Reasons) : null);

    private Task<LabProgram> Compile(TestFile file, string folder, CancellationToken cancellation)
    {
        if (!programs.TryGetValue(file, out Task<LabProgram>? program))
        {
            programs.Add(file, program = Task.Run(() => LabProgram.Compile(file, options.Program, folder, cancellation), cancellation));
        }

        return program;
    }

    // The compiler still writes into the folder when a run is stopped.
    private async Task Settle()
    {
        foreach (Task program in programs.Values)
        {
            await program.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }
}

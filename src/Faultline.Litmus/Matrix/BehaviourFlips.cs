using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Expectations;

namespace Faultline.Litmus.Matrix;

/// <summary>A test whose verdict is another one once a change is taken out.</summary>
/// <param name="File">The test.</param>
/// <param name="Filesystem">The filesystem.</param>
/// <param name="With">What it shows on the version.</param>
/// <param name="Without">What it shows with the change taken out.</param>
public sealed record FlipNotice(TestFile File, FilesystemKind Filesystem, Expectation With, Expectation Without);

/// <summary>A change of a behaviour, taken out of a version.</summary>
/// <param name="Change">The change.</param>
/// <param name="Version">The first version that has it and on which a test notices; with none: the first that has it; null: none has it.</param>
/// <param name="Candidates">Tests and filesystems whose search asked for the behaviour, and which alone can notice; on the version with most.</param>
/// <param name="Notices">The tests that notice, in the order of the tests.</param>
/// <param name="IsComplete">False: a bound was met, so that a test may have noticed and is not listed.</param>
public sealed record BehaviourFlip(
    BehaviourChange Change, KernelVersion? Version, int Candidates, IReadOnlyList<FlipNotice> Notices, bool IsComplete)
{
    /// <summary>Some test notices.</summary>
    public bool IsExercised => Notices.Count > 0;
}

/// <summary>
/// Takes each change of a behaviour out of the first version that has it and looks which tests notice. If none does, the later versions
/// that have it are tried. What no test notices is not exercised: the model may have it wrong, and nobody would know.
/// </summary>
public sealed class BehaviourFlips
{
    private readonly CheckOptions options;
    private readonly int workers;
    private readonly bool stopAtFirst;
    private readonly Unit[] units;
    private readonly Trial[] trials;

    private BehaviourFlips(
        IReadOnlyList<TestFile> files, IReadOnlyList<FilesystemKind> filesystems, CheckOptions options, int workers, bool stopAtFirst)
    {
        this.options = options with { Witnesses = false };
        this.workers = workers;
        this.stopAtFirst = stopAtFirst;
        units =
        [
            .. from file in files
               let reference = Checker.ReferenceOf(file.Program!, options)
               from fs in filesystems
               select new Unit(file, fs, new EquivalentRuns(file, fs, this.options, reference)),
        ];
        trials = [.. BehaviourChanges.All.Select(c => new Trial(c, VersionsWith(c), units.Length))];
    }

    /// <summary>Takes out each change.</summary>
    /// <param name="files">The tests.</param>
    /// <param name="filesystems">The filesystems.</param>
    /// <param name="options">Bounds of each search. No witness is looked for.</param>
    /// <param name="workers">Searches at a time.</param>
    /// <param name="stopAtFirst">Look for one test that notices each change, not for all.</param>
    /// <param name="progress">Is told how many of how many tests and filesystems are done, and which was finished last; called from any thread.</param>
    /// <returns>One for each of <see cref="BehaviourChanges.All"/>, in its order.</returns>
    public static IReadOnlyList<BehaviourFlip> Run(
        IReadOnlyList<TestFile> files,
        IReadOnlyList<FilesystemKind> filesystems,
        CheckOptions options,
        int workers,
        bool stopAtFirst = false,
        Action<int, int, string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var flips = new BehaviourFlips(files, filesystems, options, workers, stopAtFirst);
        int rounds = flips.trials.Max(t => t.Versions.Count);
        for (int round = 0; round < rounds && !options.Limits.Cancellation.IsCancellationRequested; round++)
        {
            flips.Round(round, progress);
        }

        return [.. flips.trials.Select(t => t.Outcome(options.Limits.Cancellation.IsCancellationRequested))];
    }

    /// <summary>
    /// The releases on which a change can be taken out, oldest first. Where a later commit changed the same behaviour again, and no
    /// release lies between, the later one is taken out, too.
    /// </summary>
    public static IReadOnlyList<KernelVersion> VersionsWith(BehaviourChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        List<KernelVersion> since =
            [.. KernelVersions.All.Where(v => TestVersions.IsRelease(v.Name) && change.Since <= Release.Parse(v.Name))];
        List<KernelVersion> having = [.. since.Where(change.IsIn)];
        return having.Count > 0 || since.Count == 0 ? having : [LaterTakenOut(change, since[0])];
    }

    private static KernelVersion LaterTakenOut(BehaviourChange change, KernelVersion version) =>
        BehaviourChanges.All
            .Where(c => c.Behaviour == change.Behaviour && c.Since > change.Since && c.Since <= Release.Parse(version.Name))
            .OrderByDescending(c => c.Since)
            .Aggregate(version, (v, c) => c.TakenOutOf(v) with { Name = $"{v.Name}~{c.Commit}" });

    private void Round(int round, Action<int, int, string>? progress)
    {
        List<Trial> open = [.. trials.Where(t => round < t.Versions.Count && !t.IsNoticed)];
        if (open.Count == 0)
        {
            return;
        }

        int done = 0;
        open.ForEach(t => t.Begin(round));
        Work.ForEach(units.Length, workers, unit =>
        {
            foreach (Trial trial in open.Where(t => !(stopAtFirst && t.IsNoticed)))
            {
                Try(trial, unit);
            }

            progress?.Invoke(Interlocked.Increment(ref done), units.Length, units[unit].File.Test!.Name);
        }, options.Limits.Cancellation);
    }

    private void Try(Trial trial, int number)
    {
        (TestFile file, FilesystemKind filesystem, EquivalentRuns runs) = units[number];
        KernelVersion version = trial.Version!;
        BehaviourChange change = trial.Change;
        if (options.Limits.Cancellation.IsCancellationRequested || NotRun.Of(file, version, filesystem) is not null)
        {
            return;
        }

        CheckResult with = runs.Check(version);
        if ((with.Asked >> change.Behaviour.Bit & 1) == 0)
        {
            trial.IsCut |= !with.IsComplete;
            return;
        }

        CheckResult without = runs.Check(change.TakenOutOf(version) with { Name = $"{version.Name}~{change.Commit}" });
        trial.IsCut |= !with.IsComplete || !without.IsComplete;
        trial.Note(number, with.IsComplete && without.IsComplete && !with.Found.Equals(without.Found)
            ? new FlipNotice(file, filesystem, with.Found, without.Found)
            : null);
    }

    private sealed record Unit(TestFile File, FilesystemKind Filesystem, EquivalentRuns Runs);

    // One change, and what the tests say of it in the present round.
    private sealed class Trial(BehaviourChange change, IReadOnlyList<KernelVersion> versions, int units)
    {
        private readonly FlipNotice?[] notices = new FlipNotice?[units];
        private int candidates;
        private int most;
        private volatile bool noticed;
        private volatile bool cut;

        public BehaviourChange Change => change;

        public IReadOnlyList<KernelVersion> Versions => versions;

        public KernelVersion? Version { get; private set; }

        public bool IsNoticed => noticed;

        public bool IsCut { get => cut; set => cut = value; }

        public void Begin(int round)
        {
            Version = versions[round];
            most = Math.Max(most, candidates);
            candidates = 0;
        }

        public void Note(int unit, FlipNotice? notice)
        {
            Interlocked.Increment(ref candidates);
            if (notice is not null)
            {
                notices[unit] = notice;
                noticed = true;
            }
        }

        public BehaviourFlip Outcome(bool interrupted) => new(
            change, noticed ? Version : versions is [var first, ..] ? first : null, Math.Max(most, candidates), [.. notices.OfType<FlipNotice>()], !cut && !interrupted);
    }
}

namespace Faultline.Explain.Json;

/// <summary>
/// What <c>check --json</c> prints: one object. Its version is raised when a member is renamed, removed or changes its meaning; new
/// members may be added at any time.
/// </summary>
/// <param name="SchemaVersion"><see cref="CheckJson.SchemaVersion"/>.</param>
/// <param name="Checks">One for each test, kernel and filesystem, in the order they were asked for.</param>
/// <param name="NotRun">What was not checked, because the version or filesystem does not have what the test uses.</param>
public sealed record CheckDocument(int SchemaVersion, IReadOnlyList<CheckEntry> Checks, IReadOnlyList<NotRunEntry> NotRun);

/// <summary>A test that cannot run on a version and filesystem.</summary>
/// <param name="Test">Name of the test.</param>
/// <param name="Path">Path of the test's file, as it was given.</param>
/// <param name="Kernel">Kernel version.</param>
/// <param name="Filesystem">ext4 or xfs.</param>
/// <param name="Reasons">What they do not have, as <c>file:line:column: message</c>.</param>
public sealed record NotRunEntry(string Test, string Path, string Kernel, string Filesystem, IReadOnlyList<string> Reasons);

/// <summary>One test on one kernel and filesystem.</summary>
/// <param name="Test">Name of the test.</param>
/// <param name="Path">Path of the test's file, as it was given.</param>
/// <param name="Hash">Hash of the test, as in herd's verdict block.</param>
/// <param name="Kernel">Kernel version.</param>
/// <param name="Filesystem">ext4 or xfs.</param>
/// <param name="Condition">The condition, with its quantifier.</param>
/// <param name="Answer">Whether the condition is satisfied: Ok, No or Incomplete.</param>
/// <param name="Observation">Never, Sometimes, Always or Unknown.</param>
/// <param name="Positive">Outcomes in which the proposition holds, whatever the quantifier.</param>
/// <param name="Negative">Outcomes in which it does not.</param>
/// <param name="States">The states of what the condition observes.</param>
/// <param name="Violations">What always-on checks found.</param>
/// <param name="ConditionWitness">The shortest schedule to an outcome in which the proposition holds; null: none, or not asked for.</param>
/// <param name="Search">What was searched.</param>
/// <param name="Expected">What is known of this kernel and filesystem; null: nothing.</param>
/// <param name="AsExpected">True when what was found is what was expected; with nothing known, no violation.</param>
/// <param name="Complete">False: a bound was met; this is no proof of anything that was not found.</param>
/// <param name="ExitCode">0 as expected, 1 not, 3 a bound was met and nothing unexpected was seen.</param>
public sealed record CheckEntry(
    string Test,
    string Path,
    string Hash,
    string Kernel,
    string Filesystem,
    string Condition,
    string Answer,
    string Observation,
    long Positive,
    long Negative,
    IReadOnlyList<StateEntry> States,
    IReadOnlyList<ViolationEntry> Violations,
    WitnessEntry? ConditionWitness,
    SearchEntry Search,
    ExpectedEntry? Expected,
    bool AsExpected,
    bool Complete,
    int ExitCode);

/// <summary>A state at the end of runs.</summary>
/// <param name="Line">herd's state line.</param>
/// <param name="Count">Outcomes that have it.</param>
/// <param name="Satisfied">Whether the proposition holds in it.</param>
public sealed record StateEntry(string Line, long Count, bool Satisfied);

/// <summary>Something wrong.</summary>
/// <param name="Name">As <c>.expected</c> files spell it: <c>warn(insert_pfn)</c>, <c>I6</c>, <c>refinement</c>.</param>
/// <param name="Kind">Warn, Bug, DataRace, Deadlock, LostWakeup, Livelock, LockOrder, BadUnlock, SleepInAtomic, LockHeldAtExit, Invariant or Refinement.</param>
/// <param name="Summary">What happened, in one sentence.</param>
/// <param name="Witness">The shortest schedule; null: none within the bounds, or not asked for.</param>
/// <param name="Cycle">
/// For LockOrder, the circle of lock classes: first the edge that closes it, which the witness shows and the name is of; each edge holds
/// what the one before it takes. Null for every other kind.
/// </param>
public sealed record ViolationEntry(
    string Name, string Kind, string Summary, WitnessEntry? Witness, IReadOnlyList<LockOrderEntry>? Cycle);

/// <summary>A lock of one class taken with one of another held.</summary>
/// <param name="Held">The class that is held.</param>
/// <param name="Taken">The class that is taken.</param>
/// <param name="Documented">It is a documented rule, whether or not the program does it.</param>
/// <param name="Summary">Who takes what while holding what, or why nobody is shown to.</param>
/// <param name="Schedule">The shortest schedule that gets there; null, with both stacks: not seen, not asked for, or none within the bounds.</param>
/// <param name="Outer">Where the lock that is held was taken; its step is 0 when that is on the way to the thread's first step.</param>
/// <param name="Inner">Where the other is taken.</param>
public sealed record LockOrderEntry(
    string Held, string Taken, bool Documented, string Summary, string? Schedule, StackEntry? Outer, StackEntry? Inner);

/// <summary>A shortest schedule.</summary>
/// <param name="Schedule">Which thread moves at each step: <c>0 0 1 1:1</c>, a colon before an alternative other than 0.</param>
/// <param name="Switches">Context switches.</param>
/// <param name="Preemptions">Those away from a thread that could have gone on.</param>
/// <param name="Steps">Its steps.</param>
/// <param name="Stacks">Where it happened, and where the word it is about was last changed.</param>
/// <param name="IsShortest">False: looking for the shortest met a bound, and this is the schedule that was met first.</param>
public sealed record WitnessEntry(
    string Schedule,
    int Switches,
    int Preemptions,
    IReadOnlyList<StepEntry> Steps,
    IReadOnlyList<StackEntry> Stacks,
    bool IsShortest = true);

/// <summary>A step.</summary>
/// <param name="Number">1-based.</param>
/// <param name="Thread">The thread that moves, from 0.</param>
/// <param name="Choice">Which alternative it takes, mostly 0.</param>
/// <param name="Kind">What kind of step: Lock, DownRead, DownWrite, Sleep, Read, Write, Wake, Enqueue or Access.</param>
/// <param name="Word">Name of what the step is about.</param>
/// <param name="Preemption">True when the thread that ran before could have gone on.</param>
/// <param name="Stack">The thread's functions before the step, innermost first.</param>
/// <param name="Changes">What changed.</param>
public sealed record StepEntry(
    int Number, int Thread, int Choice, string Kind, string Word, bool Preemption, IReadOnlyList<string> Stack, IReadOnlyList<ChangeEntry> Changes);

/// <summary>A change of a word.</summary>
/// <param name="Word">Its name.</param>
/// <param name="Before">Value before.</param>
/// <param name="After">Value after.</param>
/// <param name="Function">The function that changed it.</param>
public sealed record ChangeEntry(string Word, string Before, string After, string Function);

/// <summary>A call stack.</summary>
/// <param name="Title">What it is the stack of.</param>
/// <param name="Thread">The thread, from 0.</param>
/// <param name="Step">The step, 1-based.</param>
/// <param name="Functions">Innermost first.</param>
/// <param name="Instruction">The user instruction below all of them.</param>
/// <param name="Held">Locks held.</param>
public sealed record StackEntry(
    string Title, int Thread, int Step, IReadOnlyList<string> Functions, string Instruction, IReadOnlyList<string> Held);

/// <summary>What was searched.</summary>
/// <param name="States">Distinct states.</param>
/// <param name="Transitions">Steps taken.</param>
/// <param name="EndStates">Distinct states in which every thread has returned.</param>
/// <param name="MaxDepth">Longest path followed.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="VisitedBytes">Bytes of the visited set.</param>
/// <param name="CollisionProbability">Bound on the probability that a fingerprint collision hid a state.</param>
/// <param name="ReferenceOutcomes">Outcomes of the atomic reference; null: refinement was not checked.</param>
/// <param name="StoppedBy">Why the search is not complete; null when it is.</param>
/// <param name="SameAs">
/// The version whose search this is: it agrees with this check's version on every behaviour that the search asked for. Null: this
/// check's version was searched.
/// </param>
/// <param name="Coverage">What a strategy that is not exhaustive covered; null for the exhaustive one.</param>
/// <param name="StatesStoodFor">
/// All states that those searched stand for, where some differ only by which of equal threads is which; null: each stands for itself.
/// </param>
public sealed record SearchEntry(
    long States,
    long Transitions,
    long EndStates,
    int MaxDepth,
    double Seconds,
    long VisitedBytes,
    double CollisionProbability,
    int? ReferenceOutcomes,
    string? StoppedBy,
    string? SameAs,
    CoverageEntry? Coverage = null,
    long? StatesStoodFor = null);

/// <summary>What a strategy that is not exhaustive covered. What does not belong to the strategy is null.</summary>
/// <param name="Strategy">preemptions:N, random or pct:D.</param>
/// <param name="PreemptionsExplored">Every schedule with at most so many preemptions was explored; -1: not even those with none.</param>
/// <param name="Seed">The seed of the schedules that were drawn.</param>
/// <param name="Schedules">How many were drawn.</param>
/// <param name="Abandoned">Those of them that had no end after 10,000 steps.</param>
/// <param name="MissedProbability">
/// PCT's bound on the probability that a bug of the strategy's depth was missed, if no schedule is longer than the longest seen and the bug
/// needs no alternative of the hardware. Null where schedules were abandoned.
/// </param>
public sealed record CoverageEntry(
    string Strategy, int? PreemptionsExplored, ulong? Seed, long? Schedules, long? Abandoned, double? MissedProbability);

/// <summary>What is known of a test on a kernel and filesystem.</summary>
/// <param name="Observation">Never, Sometimes or Always.</param>
/// <param name="Violations">Names, sorted.</param>
public sealed record ExpectedEntry(string Observation, IReadOnlyList<string> Violations);

namespace Faultline.Explain.Matrix;

/// <summary>
/// What <c>matrix --json</c> prints: one object. Its version is raised when a member is renamed, removed or changes its meaning; new
/// members may be added at any time.
/// </summary>
/// <param name="SchemaVersion"><see cref="MatrixJson.SchemaVersion"/>.</param>
/// <param name="Kernels">The versions, in the order of each row's cells.</param>
/// <param name="Filesystems">ext4, xfs, or both.</param>
/// <param name="Rows">One for each test and filesystem.</param>
/// <param name="PassedOver">Paths of tests in the folders that are for <c>faultline cost</c>.</param>
/// <param name="Interrupted">True: rows are missing.</param>
/// <param name="ExitCode">0 all as expected, 1 something is not, 3 something was not finished and nothing unexpected was seen.</param>
public sealed record MatrixDocument(
    int SchemaVersion,
    IReadOnlyList<string> Kernels,
    IReadOnlyList<string> Filesystems,
    IReadOnlyList<RowEntry> Rows,
    IReadOnlyList<string> PassedOver,
    bool Interrupted,
    int ExitCode);

/// <summary>One test on one filesystem.</summary>
/// <param name="Test">Name of the test.</param>
/// <param name="Path">Path of the test's file.</param>
/// <param name="Title">Its title, or empty.</param>
/// <param name="Hash">Hash of the test, as in herd's verdict block.</param>
/// <param name="Condition">The condition, with its quantifier.</param>
/// <param name="Filesystem">ext4 or xfs.</param>
/// <param name="Cells">One for each version.</param>
/// <param name="Without">Versions with a fix taken out (<c>VERSION~COMMIT</c>) that the test's <c>.expected</c> file names.</param>
/// <param name="Edges">Where good and bad releases meet, oldest first.</param>
public sealed record RowEntry(
    string Test,
    string Path,
    string Title,
    string Hash,
    string Condition,
    string Filesystem,
    IReadOnlyList<CellEntry> Cells,
    IReadOnlyList<CellEntry> Without,
    IReadOnlyList<EdgeEntry> Edges);

/// <summary>One version of a row.</summary>
/// <param name="Kernel">Kernel version.</param>
/// <param name="State">
/// Good; Condition (no check failed, but what the condition asks about happens); Violation; Undecided (a bound was met before anything
/// bad was seen); CannotRun.
/// </param>
/// <param name="Observation">Never, Sometimes, Always or Unknown; null: cannot run.</param>
/// <param name="Violations">Names of what always-on checks found, sorted.</param>
/// <param name="States">Distinct states of the search; null: cannot run.</param>
/// <param name="Seconds">Wall time of the search; null: cannot run.</param>
/// <param name="SameAs">The version whose search this is; null: this version was searched, or cannot run.</param>
/// <param name="StoppedBy">Why the search is not complete; null: it is, or cannot run.</param>
/// <param name="Expected">What is known, as <c>.expected</c> files spell it; null: nothing.</param>
/// <param name="AsExpected">False: this is not as expected.</param>
/// <param name="Reasons">Why it cannot run, as <c>file:line:column: message</c>; empty: it can.</param>
public sealed record CellEntry(
    string Kernel,
    string State,
    string? Observation,
    IReadOnlyList<string> Violations,
    long? States,
    double? Seconds,
    string? SameAs,
    string? StoppedBy,
    string? Expected,
    bool AsExpected,
    IReadOnlyList<string> Reasons);

/// <summary>Two neighbouring releases of which one is good and one is bad.</summary>
/// <param name="Before">The older one.</param>
/// <param name="After">The newer one.</param>
/// <param name="IsFix">True: the older one is bad.</param>
/// <param name="Kind">Each (each commit alone makes the difference), Together (only all together), None (no modelled commit), Unknown (a bound was met).</param>
/// <param name="Commits">The commits that make the difference.</param>
public sealed record EdgeEntry(string Before, string After, bool IsFix, string Kind, IReadOnlyList<CommitEntry> Commits);

/// <summary>A commit.</summary>
/// <param name="Id">Its mainline id, abbreviated.</param>
/// <param name="Title">Its title.</param>
/// <param name="Since">The first release that has it.</param>
/// <param name="Changes">The behaviours it changed that matter here.</param>
public sealed record CommitEntry(string Id, string Title, string Since, IReadOnlyList<BehaviourEntry> Changes);

/// <summary>A change of a behaviour.</summary>
/// <param name="Behaviour">The behaviour.</param>
/// <param name="Before">What kernels did before.</param>
/// <param name="After">What they do since.</param>
public sealed record BehaviourEntry(string Behaviour, string Before, string After);

/// <summary>What <c>matrix --flips --json</c> prints.</summary>
/// <param name="SchemaVersion"><see cref="MatrixJson.SchemaVersion"/>.</param>
/// <param name="Flips">One for each change of a behaviour.</param>
/// <param name="NotExercised">How many no test notices.</param>
/// <param name="ExitCode">0 all are noticed, 1 some are not, 3 a bound was met and the others are noticed.</param>
public sealed record FlipDocument(int SchemaVersion, IReadOnlyList<FlipEntry> Flips, int NotExercised, int ExitCode);

/// <summary>A change taken out of a version.</summary>
/// <param name="Commit">The commit, with this change only.</param>
/// <param name="Kernel">The version it was taken out of; null: no modelled version has it.</param>
/// <param name="Candidates">Tests and filesystems whose search asked for the behaviour.</param>
/// <param name="Exercised">True: some test notices.</param>
/// <param name="Complete">False: a bound was met.</param>
/// <param name="Notices">The tests that notice.</param>
public sealed record FlipEntry(
    CommitEntry Commit, string? Kernel, int Candidates, bool Exercised, bool Complete, IReadOnlyList<NoticeEntry> Notices);

/// <summary>A test that notices.</summary>
/// <param name="Test">Name of the test.</param>
/// <param name="Path">Path of the test's file.</param>
/// <param name="Filesystem">ext4 or xfs.</param>
/// <param name="With">What it shows with the change.</param>
/// <param name="Without">What it shows without.</param>
public sealed record NoticeEntry(string Test, string Path, string Filesystem, string With, string Without);

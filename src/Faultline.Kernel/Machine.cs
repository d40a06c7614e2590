using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.User;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel;

/// <summary>
/// One machine that runs one user program on one kernel version and filesystem: the words of its state, where each object's words
/// lie, and the checks that always hold. Model code reaches it through <see cref="Current"/>; it is immutable while searching.
/// </summary>
public sealed class Machine : Model
{
    private readonly Layout layout = new();
    private readonly MachineLayout places;

    /// <summary>Builds a machine.</summary>
    /// <param name="program">The user program.</param>
    /// <param name="version">Kernel version.</param>
    /// <param name="filesystem">Filesystem that the files live on.</param>
    /// <param name="observe">What conditions need beyond the state: marks, fault counts.</param>
    /// <param name="pessimistic">Spare no step because of what the program's text rules out (see <see cref="Programs.Footprint"/>).</param>
    public Machine(
        UserProgram program, KernelVersion version, FilesystemKind filesystem, Observations? observe = null, bool pessimistic = false)
    {
        Program = program;
        Version = version;
        Filesystem = filesystem;
        Observe = observe ?? Observations.None;
        Maps = [.. program.Maps];
        Code = [.. program.Threads.Select(t => t.Code.ToArray())];
        Footprint = new Footprint(program, pessimistic);
        places = new MachineLayout(layout, this);
    }

    /// <summary>The machine that the running worker executes.</summary>
    public static Machine Current => System.Runtime.CompilerServices.Unsafe.As<Machine>(Execution.Current.Model);

    /// <summary>What the threads do.</summary>
    public UserProgram Program { get; }

    /// <summary>The kernel's behaviours.</summary>
    public KernelVersion Version { get; }

    /// <summary>The filesystem.</summary>
    public FilesystemKind Filesystem { get; }

    /// <summary>What conditions want to know beyond the state.</summary>
    public Observations Observe { get; }

    /// <summary>What the program can touch, known from its text.</summary>
    public Footprint Footprint { get; }

    /// <summary>Counts what a single run costs; null while searching.</summary>
    public CostCounters? Costs { get; init; }

    /// <summary>The outcomes of the atomic reference; null: refinement is not checked.</summary>
    public OutcomeSet? Reference { get; init; }

    /// <inheritdoc/>
    public override Layout Layout => layout;

    /// <inheritdoc/>
    public override int Threads => Program.Threads.Count;

    /// <inheritdoc/>
    public override int StackBytes => 3072;

    /// <summary>The program's mappings, for quick access.</summary>
    internal MapSpec[] Maps { get; }

    /// <summary>Each thread's instructions, for quick access.</summary>
    internal Instruction[][] Code { get; }

    /// <summary>Where each object's words lie.</summary>
    internal MachineLayout Places => places;

    /// <inheritdoc/>
    public override void Initialise(Execution execution)
    {
        int page = 0;
        foreach (FileSpec file in Program.Files)
        {
            foreach (FilePage contents in file.Pages)
            {
                InitialisePage(execution, page++, contents);
            }
        }
    }

    /// <inheritdoc/>
    public override Call Start(int thread) => UserThread.Body(thread);

    /// <inheritdoc/>
    public override void CheckState(Execution execution) => Invariants.CheckState(this);

    /// <inheritdoc/>
    public override void CheckEnd(Execution execution)
    {
        if (Reference is not null && !Reference.Contains(Outcome.Of(this)))
        {
            execution.Raise(ViolationKind.Refinement, "refinement", -1, "no order of atomic operations gives this outcome");
        }
    }

    /// <inheritdoc/>
    public override string FunctionName(string name) => Version.FunctionNames.GetValueOrDefault(name, name);

    /// <inheritdoc/>
    public override Violation Stuck(Execution execution) => Invariants.Stuck(this, execution);

    private void InitialisePage(Execution execution, int page, FilePage contents)
    {
        IomapType type = contents.Backing switch
        {
            PageBacking.Hole => IomapType.Hole,
            PageBacking.Unwritten => IomapType.Unwritten,
            _ => IomapType.Mapped,
        };
        execution.Word(places.Extents + page) = Extent.Of(type, page).Bits;
        if (type != IomapType.Mapped)
        {
            return;
        }

        for (int word = 0; word < Program.WordsPerPage; word++)
        {
            int last = contents.Words.Count - 1;
            execution.Word(places.BlockData + (page * Program.WordsPerPage) + word) =
                last < 0 ? 0 : contents.Words[Math.Min(word, last)];
        }
    }
}

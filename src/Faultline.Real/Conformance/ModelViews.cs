using Faultline.Engine;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;
using Faultline.Real.Agent;

namespace Faultline.Real.Conformance;

/// <summary>
/// What can be seen of the model after each operation of a test of one thread, in the words of the guest's agent: result, fs_dax events,
/// what each page of each mapping maps, and each file's size and contents.
/// </summary>
public sealed class ModelViews : IRecorder
{
    private readonly Machine machine;
    private int depth;
    private readonly List<string> events = [];
    private readonly List<string> lines = [];
    private string signal = "";

    private ModelViews(Machine machine) => this.machine = machine;

    /// <summary>Runs a test; a line for each operation.</summary>
    /// <param name="program">A program of one thread.</param>
    /// <param name="version">Kernel version.</param>
    /// <param name="filesystem">Filesystem.</param>
    public static IReadOnlyList<string> Of(UserProgram program, KernelVersion version, FilesystemKind filesystem)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(program.Threads.Count, 1);
        var machine = new Machine(program, version, filesystem, pessimistic: true);
        var views = new ModelViews(machine);
        using var execution = new Execution(machine) { RunsAlone = true };
        execution.Recorder = views;
        execution.Initialise();
        return execution.IsDone ? views.lines : throw new ModelException("the only thread has to wait");
    }

    /// <inheritdoc/>
    public void Enter(int frameId) => depth++;

    /// <inheritdoc/>
    public void Leave()
    {
        depth--;
        if (depth == 1)
        {
            lines.Add(View());
            events.Clear();
            signal = "";
        }
    }

    /// <inheritdoc/>
    public void Traced(long what)
    {
        var it = TraceEvent.Unpack(what);
        string? text = it.Kind switch
        {
            TraceEventKind.PteFaultDone => $"P:{ResultText(it.Result)}",
            TraceEventKind.PmdFaultDone => $"M:{ResultText(it.Result)}",
            TraceEventKind.LoadHole => "hole",
            TraceEventKind.PmdLoadHole => "hugehole",
            TraceEventKind.InsertPfnMkwrite => "mkwrite",
            TraceEventKind.InsertPfnMkwriteNoEntry => "noentry",
            TraceEventKind.WritebackOne => "flush",
            _ => null,
        };
        events.AddRange(text is null ? [] : [text]);
    }

    /// <inheritdoc/>
    public void Wrote(int word, int before, int after)
    {
    }

    /// <inheritdoc/>
    public void Acquired(int lockWord, StepKind kind)
    {
    }

    /// <inheritdoc/>
    public void Released(int lockWord)
    {
    }

    /// <inheritdoc/>
    public void Note(string text)
    {
        signal = text.StartsWith("SIGBUS", StringComparison.Ordinal) ? "BUS" : text.StartsWith("SIGSEGV", StringComparison.Ordinal) ? "SEGV" : signal;
    }

    /// <inheritdoc/>
    public void Violated(Violation violation, int word, string? detail)
    {
    }

    // The kernel prints flags from the lowest bit on.
    private static string ResultText(VmFault result) => string.Join('|', new[]
    {
        (VmFault.Oom, "OOM"), (VmFault.Sigbus, "SIGBUS"), (VmFault.Major, "MAJOR"), (VmFault.NoPage, "NOPAGE"), (VmFault.Retry, "RETRY"),
        (VmFault.Fallback, "FALLBACK"), (VmFault.DoneCow, "DONE_COW"), (VmFault.NeedDSync, "NEEDDSYNC"),
    }.Where(flag => (result & flag.Item1) != 0).Select(flag => flag.Item2));

    private string View()
    {
        UserProgram program = machine.Program;
        var blocks = new List<int>();
        IEnumerable<string> maps = program.Maps.Select((map, m) =>
        {
            (int first, int count) = AgentProgram.PagesOf(program, map);
            return string.Join(' ', Enumerable.Range(first, count).Select(page => Page(MachineView.Pte(machine, m, page), MachineView.Pmd(machine, m, page).IsHuge, blocks)));
        });
        return string.Join(';', [Result(), string.Concat(events.Select(e => e + " ")), .. maps.ToList(), .. program.Files.Select((_, f) => FileText(f))]);
    }

    private string Result()
    {
        Instruction i = machine.Program.Threads[0].Code[lines.Count];
        return signal.Length > 0 ? signal
            : i.Opcode is Opcode.Load or Opcode.Read ? $"{MachineView.Register(machine, 0, i.Register)}" : "";
    }

    private static string Page(Pte pte, bool huge, List<int> blocks)
    {
        if (!pte.IsPresent)
        {
            return ".";
        }

        string kind = pte.Pfn.Kind switch
        {
            PfnKind.Block => $"b{NumberOf(pte.Pfn.Index, blocks)}",
            PfnKind.Anon => "a",
            _ => "z",
        };
        return $"{kind}{(huge ? "h" : "")}{(pte.IsWritable ? "w" : "")}{(pte.IsDirty ? "d" : "")}";
    }

    private static int NumberOf(int block, List<int> blocks)
    {
        if (!blocks.Contains(block))
        {
            blocks.Add(block);
        }

        return blocks.IndexOf(block);
    }

    private string FileText(int file)
    {
        int size = MachineView.Size(machine, file);
        IEnumerable<string> pages = machine.Program.Files[file].Pages.Select((_, page) => page < size ? Words(file, page) : "-");
        return $"{new RealPages(machine.Program).Start(size)}{Layout(file, size)}: {string.Join(' ', pages)}";
    }

    // As the agent's view_layout().
    private string Layout(int file, int size)
    {
        int huge = machine.Program.HugePagePages;
        Extent[] extents = [.. machine.Program.Files[file].Pages.Select((_, page) => MachineView.Extent(machine, file, page))];
        char At(Extent extent, int page) =>
            extent.Type == IomapType.Hole ? '.'
            : page >= size ? '*'
            : (page % huge == 0 ? extent.Block % huge == 0 : extents[page - 1].Type != IomapType.Hole && extent.Block == extents[page - 1].Block + 1) ? '+' : '-';
        return machine.Footprint.Huge ? string.Concat(extents.Select(At)) : "";
    }

    private string Words(int file, int page)
    {
        int first = Outcome.FileWord(file, page, 0), second = machine.Program.WordsPerPage > 1 ? Outcome.FileWord(file, page, 1) : first;
        return first == second ? $"{first}" : $"{first}/{second}";
    }
}

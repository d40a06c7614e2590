using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
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
    private static readonly Dictionary<string, string> Events = new()
    {
        ["dax_iomap_pte_fault"] = "P",
        ["dax_iomap_pmd_fault"] = "M",
        ["dax_load_hole"] = "hole",
        ["dax_pmd_load_hole"] = "hugehole",
        ["dax_insert_pfn_mkwrite"] = "mkwrite",
        ["dax_writeback_one"] = "flush",
    };

    private readonly Machine machine;
    private readonly List<string> functions = [];
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
    public void Enter(int frameId)
    {
        string name = KernelNames.OfFrame(frameId);
        functions.Add(name);
        if (name is "dax_writeback_one" or "dax_insert_pfn_mkwrite")
        {
            events.Add(Events[name]);
        }
    }

    /// <inheritdoc/>
    public void Leave()
    {
        string name = functions[^1];
        functions.RemoveAt(functions.Count - 1);
        if (Events.TryGetValue(name, out string? text) && name is not ("dax_writeback_one" or "dax_insert_pfn_mkwrite"))
        {
            events.Add(text);
        }

        if (functions.Count == 1)
        {
            lines.Add(View());
            events.Clear();
            signal = "";
        }
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
        return $"{new RealPages(machine.Program).Start(size)}: {string.Join(' ', pages)}";
    }

    private string Words(int file, int page)
    {
        int first = Outcome.FileWord(file, page, 0), second = machine.Program.WordsPerPage > 1 ? Outcome.FileWord(file, page, 1) : first;
        return first == second ? $"{first}" : $"{first}/{second}";
    }
}

namespace Faultline.Litmus.Syntax;

/// <summary>A thread names a mapping.</summary>
/// <param name="Map">Index of the mapping.</param>
/// <param name="Position">Where.</param>
/// <param name="Writer">What needs a writable mapping there; null: nothing does.</param>
internal readonly record struct MapUse(int Map, SourcePosition Position, string? Writer);

/// <summary>A thread forks another.</summary>
/// <param name="Thread">Index of the other.</param>
/// <param name="Position">Where its name stands.</param>
/// <param name="Times">How often the loops around it run, but no more than an int holds.</param>
internal readonly record struct ForkUse(int Thread, SourcePosition Position, long Times);

/// <summary>Gathers the cells of one column: statements, the loops that are open, the registers and mappings in use, forks.</summary>
internal sealed class ThreadBuilder(Token name)
{
    private const int MaxDepth = 16;

    private readonly SortedSet<int> used = [];
    private readonly Stack<RepeatStatement> open = [];
    private readonly Stack<List<Statement>> bodies = new([[]]);
    private readonly List<Loop> loops = [];
    private readonly List<MapUse> maps = [];
    private readonly List<ForkUse> forks = [];
    private SourcePosition? crash;

    /// <summary>A cell was not understood: what seems to be missing may stand there.</summary>
    public bool HasErrors { get; set; }

    public IReadOnlyCollection<int> Registers => used;

    public string Name => name.Text;

    public IReadOnlyList<MapUse> Maps => maps;

    public IReadOnlyList<ForkUse> Forks => forks;

    /// <summary>Mappings that an mprotect(2) of this thread makes writable.</summary>
    public IEnumerable<int> MadeWritable =>
        Statement.Flatten(bodies.Peek()).OfType<MprotectStatement>().Where(p => p.IsWritable).Select(p => p.Map);

    public bool Crashes => crash is not null;

    /// <summary>The error of a loop without end, or null.</summary>
    public InputError? OpenLoopError => HasErrors || !open.TryPeek(out RepeatStatement? loop)
        ? null
        : new InputError(loop.Position, $"this loop is not closed; expected '}}' in a later cell of {name.Text}");

    /// <summary>The loops around the next statement, outermost first.</summary>
    public IReadOnlyList<Loop> Loops => loops;

    public void Add(Statement statement)
    {
        CheckRuns(statement.Position);
        bodies.Peek().Add(statement);
        if (statement is CrashStatement)
        {
            crash = statement.Position;
            if (open.Count > 0)
            {
                throw new InputError(
                    statement.Position, $"nothing runs after crash; expected it as the last instruction of {name.Text}, behind all loops");
            }
        }
    }

    public void UseMap(int map, SourcePosition position, string? writer) => maps.Add(new MapUse(map, position, writer));

    public void Fork(int thread, SourcePosition position)
    {
        long times = loops.Aggregate(1L, (product, loop) => Math.Min(product * loop.Count, int.MaxValue));
        forks.Add(new ForkUse(thread, position, times));
    }

    public void Use(IEnumerable<int> registers) => used.UnionWith(registers);

    public void Open(int count, string? variable, SourcePosition position)
    {
        CheckRuns(position);
        if (open.Count == MaxDepth)
        {
            throw new InputError(position, $"loops are nested too deeply; expected at most {MaxDepth}");
        }

        open.Push(new RepeatStatement(count, variable, [], position));
        bodies.Push([]);
        loops.Add(new Loop(variable, count));
    }

    public void Close(SourcePosition position)
    {
        if (open.Count == 0)
        {
            throw new InputError(position, $"there is no loop to close in {name.Text}; expected an instruction") { IsConsequence = HasErrors };
        }

        RepeatStatement loop = open.Pop() with { Body = bodies.Pop() };
        loops.RemoveAt(loops.Count - 1);
        bodies.Peek().Add(loop);
        if (loop.Body.Count == 0)
        {
            throw new InputError(position, "this loop is empty; expected an instruction before '}'") { IsConsequence = HasErrors };
        }
    }

    private void CheckRuns(SourcePosition position)
    {
        if (crash is { } before)
        {
            throw new InputError(position, $"nothing runs after crash, on line {before.Line}; expected no more instructions in {name.Text}")
            {
                IsConsequence = HasErrors,
            };
        }
    }

    public ThreadDeclaration Build() => new(name.Text, bodies.Peek(), [.. used], name.Position);
}

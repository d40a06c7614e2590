namespace Faultline.Litmus.Syntax;

/// <summary>Gathers the cells of one column: statements, the loops that are open, the registers in use.</summary>
internal sealed class ThreadBuilder(Token name)
{
    private const int MaxDepth = 16;

    private readonly SortedSet<int> used = [];
    private readonly Stack<RepeatStatement> open = [];
    private readonly Stack<List<Statement>> bodies = new([[]]);
    private readonly List<Loop> loops = [];

    /// <summary>A cell was not understood: what seems to be missing may stand there.</summary>
    public bool HasErrors { get; set; }

    public IReadOnlyCollection<int> Registers => used;

    /// <summary>The error of a loop without end, or null.</summary>
    public InputError? OpenLoopError => HasErrors || !open.TryPeek(out RepeatStatement? loop)
        ? null
        : new InputError(loop.Position, $"this loop is not closed; expected '}}' in a later cell of {name.Text}");

    /// <summary>The loops around the next statement, outermost first.</summary>
    public IReadOnlyList<Loop> Loops => loops;

    public void Add(Statement statement) => bodies.Peek().Add(statement);

    public void Use(IEnumerable<int> registers) => used.UnionWith(registers);

    public void Open(int count, string? variable, SourcePosition position)
    {
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
        Add(loop);
        if (loop.Body.Count == 0)
        {
            throw new InputError(position, "this loop is empty; expected an instruction before '}'") { IsConsequence = HasErrors };
        }
    }

    public ThreadDeclaration Build() => new(name.Text, bodies.Peek(), [.. used], name.Position);
}

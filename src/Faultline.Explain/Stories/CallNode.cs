namespace Faultline.Explain.Stories;

/// <summary>One activation of a function in one thread.</summary>
internal sealed class CallNode(string function, CallNode? parent, int step, bool isHidden, string label)
{
    public string Function => function;

    /// <summary>The user instruction that starts here, or empty.</summary>
    public string Label => label;

    public CallNode? Parent => parent;

    /// <summary>Index of the step in which it was entered.</summary>
    public int Step => step;

    /// <summary>Index of the step in which it returned; -1: not within the schedule.</summary>
    public int LastStep { get; set; } = -1;

    /// <summary>The model's own scaffolding: what it does is told without naming it.</summary>
    public bool IsHidden => isHidden;

    /// <summary>Locks taken on entry that nobody can be in the way of: told with the function's name.</summary>
    public List<string> Locks { get; } = [];

    public bool HasContent { get; set; }

    /// <summary>Lines told in this function itself.</summary>
    public int Items { get; set; }

    /// <summary>Functions called from here, hidden ones replaced by what they call, in which something is told.</summary>
    public List<CallNode> VisibleChildren { get; } = [];

    public bool IsVisible { get; private set; }

    public bool IsWritten { get; set; }

    public int Indent { get; set; }

    /// <summary>The innermost caller that is named.</summary>
    public CallNode? NamedParent
    {
        get
        {
            CallNode? node = parent;
            while (node is { IsHidden: true })
            {
                node = node.Parent;
            }

            return node;
        }
    }

    /// <summary>Itself, or the innermost caller that is named.</summary>
    public CallNode? Named => isHidden ? NamedParent : this;

    /// <summary>Name and locks, as a line of the timeline has them.</summary>
    public string Text
    {
        get
        {
            string locks = string.Concat(Locks.Select(l => $" +{l}"));
            return label.Length == 0 ? function + locks : $"{label} > {function}{locks}";
        }
    }

    /// <summary>Something is told in this function: it and its callers must be named.</summary>
    public void Show()
    {
        if (IsVisible)
        {
            return;
        }

        IsVisible = true;
        if (!isHidden)
        {
            NamedParent?.VisibleChildren.Add(this);
        }

        parent?.Show();
    }
}

/// <summary>A line of the timeline before it is placed.</summary>
internal sealed record Item(CallNode? Node, CellKind Kind, string Text, int Word = -1);

/// <summary>What is told of one step.</summary>
/// <param name="Items">Its lines.</param>
/// <param name="Last">The function that the thread is in after it.</param>
internal sealed record ToldStep(List<Item> Items, CallNode? Last);

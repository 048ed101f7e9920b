/** The comparison words of the vendor's conditions. */
export const ORDER_OPERATORS = ['EQ', 'NEQ', 'GT', 'GTE', 'LT', 'LTE'] as const;
export type OrderOperator = (typeof ORDER_OPERATORS)[number];

/** No closure and no allocation: a number condition runs in the hottest loops. */
export const holds = (operator: OrderOperator, left: number, right: number): boolean => {
  switch (operator) {
    case 'EQ':
      return left === right;
    case 'NEQ':
      return left !== right;
    case 'GT':
      return left > right;
    case 'GTE':
      return left >= right;
    case 'LT':
      return left < right;
    case 'LTE':
      return left <= right;
  }
};

export const TEXT_OPERATORS = ['EQ', 'NEQ', 'INCLUDE', 'NOTINCLUDE'] as const;
export type TextOperator = (typeof TEXT_OPERATORS)[number];

export const textHolds = (operator: TextOperator, left: string, right: string, matchCase: boolean): boolean => {
  if (!matchCase && left !== right) return textHolds(operator, left.toLowerCase(), right.toLowerCase(), true);
  switch (operator) {
    case 'EQ':
      return left === right;
    case 'NEQ':
      return left !== right;
    case 'INCLUDE':
      return left.includes(right);
    case 'NOTINCLUDE':
      return !left.includes(right);
  }
};
